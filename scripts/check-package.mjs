// Is the package what users can install? Packs it and tries it in an empty folder, with install scripts disabled, as
// current npm and pnpm do. One `ok` or `not ok` line per check; the last line is `N passed, N failed`.

import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { build } from './build.mjs';
import { Checks } from './lib/checks.mjs';
import { readFlags, runAsMain } from './lib/main.mjs';
import { hasOtherNodes, OTHER_NODES, otherNode } from './lib/other-node.mjs';
import { inRoot, packageFile } from './lib/paths.mjs';
import { capture, step } from './lib/run.mjs';
import { contentProblems, linkProblems, pack } from './lib/tarball.mjs';
import { setup } from './setup.mjs';

/** Runs a script with this Node. */
const node = (args, options) => capture(process.execPath, args, options);

async function checkTarball(checks, { tarball, files }) {
  await checks.check('the tarball holds what it should and nothing else', () => {
    const problems = contentProblems(files);
    assert.ok(problems.length === 0, problems.join('\n'));
  });
  await checks.check('what its guides link to is in the tarball', () => {
    const problems = linkProblems(files, (name) => readFileSync(inRoot(name), 'utf8'));
    assert.ok(problems.length === 0, problems.join('\n'));
  });
  await checks.check('publint', () =>
    node([packageFile('publint', 'src/cli.js'), 'run', tarball, '--strict']),
  );
  await checks.check('are the types wrong?', () => {
    const attw = packageFile('@arethetypeswrong/cli', 'dist/index.js');
    // ES modules only: require() of them works in every Node that engines allows.
    node([
      attw,
      tarball,
      '--profile',
      'esm-only',
      '--no-color',
      '--no-emoji',
      '--no-definitely-typed',
    ]);
  });
  await checks.check('knip', () => node([packageFile('knip', 'bin/knip.js'), '--no-progress']));
}

/** An empty project with the tarball installed in it. */
function installInto(folder, tarball, ...more) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "private": true, "type": "module" }\n');
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', ...more];
  const said = capture('npm', ['install', ...flags, tarball], { cwd: folder, withStderr: true });
  // Of other packages npm may warn: SQLite's has an install script, and works without it.
  assert.doesNotMatch(said, /warn.*aegis-trace@/);
  cpSync(inRoot('scripts/package-consumer'), folder, { recursive: true });
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false, // our declarations are what is checked
    target: 'ES2022',
    module: 'NodeNext',
    exactOptionalPropertyTypes: true,
    types: ['node'],
    typeRoots: [inRoot('node_modules/@types')],
  };
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
  );
}

/** A process that records takes nothing optional; what needs it says so. */
async function checkOmitted(checks, folder) {
  await checks.check(
    'with --omit=optional recording works, and the store and the hub name what is missing',
    () => {
      const here = { cwd: folder };
      node(['smoke.mjs', 'trace.json'], here);
      node(['pipeline.mjs', '--omit=optional'], here);
      node(['hub.mjs', '--omit=optional'], here);
      assert.throws(() =>
        readFileSync(`${folder}/node_modules/@photostructure/sqlite/package.json`),
      );
    },
  );
}

/** The examples as they are in the tarball, beside what they need. */
function runExamples(folder) {
  const { devDependencies } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const peers = ['express', 'pino', 'piscina'].map((name) => `${name}@${devDependencies[name]}`);
  const flags = ['--no-audit', '--no-fund', '--no-save', '--prefer-offline', '--ignore-scripts'];
  capture('npm', ['install', ...flags, ...peers], { cwd: folder });
  const examples = `${folder}/node_modules/aegis-trace/examples`;
  const names = readdirSync(examples).filter((name) => name.endsWith('.mjs'));
  assert.ok(names.length >= 9, `expected nine examples; got ${names.join(', ')}`);
  for (const name of names) {
    cpSync(`${examples}/${name}`, `${folder}/${name}`);
    node([name], { cwd: folder });
  }
}

async function checkInstalled(checks, folder) {
  const here = { cwd: folder };
  await checks.check('import', () => node(['smoke.mjs', 'trace.json'], here));
  await checks.check('pipeline and store', () => node(['pipeline.mjs'], here));
  await checks.check('hub', () => node(['hub.mjs'], here));
  await checks.check('require', () => node(['smoke.cjs'], here));
  await checks.check('a strict TypeScript consumer compiles', () => {
    node([packageFile('typescript', 'bin/tsc'), '-p', folder], here);
  });
  await checks.check('the aegis-trace command', () => {
    capture(`${folder}/node_modules/.bin/aegis-trace`, ['validate', 'trace.json'], here);
  });
  await checks.check('the examples', () => runExamples(folder));
  if (!hasOtherNodes) return step('not on linux-x64: other Node versions are not tried');
  for (const version of OTHER_NODES) {
    await checks.check(`the same binary on Node ${version}`, () => {
      for (const args of [['smoke.mjs', `trace-${version}.json`], ['pipeline.mjs']]) {
        assert.match(
          capture(otherNode(version), args, here),
          new RegExp(`^node ${version} ok$`, 'm'),
        );
      }
    });
  }
}

await runAsMain(import.meta, async (argv) => {
  readFlags(argv, []);
  await setup();
  await build({ prebuild: true });
  const checks = new Checks();
  const folder = mkdtempSync(`${tmpdir()}/aegis-trace-package-`);
  try {
    const packed = pack(folder);
    step(`packed ${packed.files.length} files, ${packed.unpackedSize} bytes unpacked`);
    await checkTarball(checks, packed);
    const installed = await checks.check(
      'installs with scripts disabled, without a warning of ours',
      () => {
        installInto(`${folder}/whole`, packed.tarball, '--ignore-scripts');
      },
    );
    if (installed) await checkInstalled(checks, `${folder}/whole`);
    const omitted = await checks.check(
      'installs with --omit=optional, without a warning of ours',
      () => {
        installInto(`${folder}/omitted`, packed.tarball, '--omit=optional');
      },
    );
    if (omitted) await checkOmitted(checks, `${folder}/omitted`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return checks.finish();
});
