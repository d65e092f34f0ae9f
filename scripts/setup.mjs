// Makes the tree ready: Node version, npm packages, tools of the system. Plain Node without a dependency: in a fresh
// clone there is no node_modules yet. Quick and silent when there is nothing to do.

import { statSync } from 'node:fs';
import { readFlags, runAsMain } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { run, ScriptError, step } from './lib/run.mjs';
import { ensureTools } from './lib/system-packages.mjs';
import { hasCmake, hasNodeGypTools, tools } from './lib/tools.mjs';

const NODE_MINIMUM = [20, 19]; // the first 20.x in which require() of an ES module needs no flag

/**
 * @param tests also what the tests need: CMake, GoogleTest, python3 (the independent reader of exports), jq, and strace where
 *   it can be had
 * @param fuzz also clang with libFuzzer
 * @param tidy also clang-tidy
 * @param bench also CMake, and the C++ peers of the bench where they can be had
 */
export async function setup({ tests = false, fuzz = false, tidy = false, bench = false } = {}) {
  checkNode();
  await installNodeModules();
  // Clients that others wrote, in a folder of their own: only the tests and the bench need them.
  if (tests || bench) await installNodeModules('test/otlp-clients');
  await ensureTools(wantedTools({ tests, fuzz, tidy, bench }));
  // Tests that need it are skipped without, and say so.
  if (tests && process.platform === 'linux') await ensureTools([tools.strace], { optional: true });
  // Only one of the bench's suites needs it: without it the others still run.
  if (bench) await ensureTools([tools.spdlog], { optional: true });
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = NODE_MINIMUM;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  throw new ScriptError(
    `expected Node >= ${needMajor}.${needMinor}, this is ${process.versions.node}. Install a newer one from your ` +
      'version manager, for example: nvm install 22',
    { exitCode: 2 },
  );
}

function wantedTools({ tests, fuzz, tidy, bench }) {
  const wanted = [tools.compiler];
  const needsCmake = tests || tidy || bench;
  // A plain build can do with node-gyp. Nothing is installed that is not needed.
  if (needsCmake || hasCmake() || !hasNodeGypTools()) wanted.push(tools.cmake);
  wanted.push(needsCmake ? tools.ninja : tools.ninjaOrMake);
  if (tests) wanted.push(tools.googletest, tools.python, tools.jq);
  if (fuzz) wanted.push(tools.clang, tools.libFuzzer);
  if (tidy) wanted.push(tools.clangTidy);
  return wanted;
}

function modifiedMs(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

/** @param folder of a package.json with its lock file */
async function installNodeModules(folder = '.') {
  const installed = modifiedMs(inRoot(folder, 'node_modules/.package-lock.json'));
  if (installed !== undefined && installed >= modifiedMs(inRoot(folder, 'package-lock.json')))
    return;
  step(`installing npm packages${folder === '.' ? '' : ` of ${folder}`}`);
  // Not `npm ci`: it refuses a lock file that lacks the optional packages of other platforms, and behind a registry
  // mirror without them npm cannot write any other (npm/cli#9846). `install --no-save` keeps to the same lock file and
  // leaves it as it is. Every flag that matters is given, whatever the user's npm configuration says.
  const flags = [
    '--no-save',
    '--ignore-scripts',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
  ];
  await run('npm', ['install', ...flags, '--loglevel=error'], {
    cwd: inRoot(folder),
    what: 'npm install',
  });
}

await runAsMain(import.meta, async (argv) => {
  await setup(readFlags(argv, ['tests', 'fuzz', 'tidy', 'bench']));
  step('ready');
});
