// The addon: cmake-js when CMake is there, node-gyp when it is not. Both leave build/Release/aegis_trace.node.

import { existsSync } from 'node:fs';
import { addonFile, inRoot, packageFile } from './paths.mjs';
import { run, ScriptError, step } from './run.mjs';
import { clearStamp, hashOf, isCurrent, writeStamp } from './stamp.mjs';
import { hasCmake, nodeDirectory } from './tools.mjs';

const SOURCES = [
  'native/CMakeLists.txt',
  'native/cmake',
  'native/sources.txt',
  'native/include',
  'native/core',
  'native/addon',
  'binding.gyp',
  'node_modules/node-addon-api/package.json',
  'node_modules/node-api-headers/package.json',
];

/** Compiles the addon unless it is up to date. Returns the path of the binary. */
export async function buildAddon({ force = false } = {}) {
  const hash = hashOf(SOURCES, [
    process.platform,
    process.arch,
    process.env.CXX,
    process.env.CXXFLAGS,
  ]);
  if (!force && isCurrent('addon', hash, addonFile)) return addonFile;
  step('compiling the addon');
  clearStamp('addon');
  await (hasCmake() ? buildWithCmake('build/Release') : buildWithNodeGyp());
  if (!existsSync(addonFile))
    throw new ScriptError(`expected the build to make ${addonFile}, and it did not`);
  writeStamp('addon', hash);
  return addonFile;
}

/** Compiles the addon into `out`, a folder named Release, with these CMake options. */
export async function buildWithCmake(out, options = {}) {
  const settings = Object.entries(options).map(([name, value]) => `${name}=${value}`);
  const script = inRoot('scripts/lib/cmake-js-build.mjs');
  await run(process.execPath, [script, inRoot(out), ...settings], {
    what: 'compiling the addon with cmake-js',
  });
}

/** Compiles the addon with node-gyp through binding.gyp. */
async function buildWithNodeGyp() {
  const nodedir = nodeDirectory();
  // Without the headers of the running Node node-gyp downloads them; that is left to it only when nothing else is.
  const flags = nodedir === undefined ? [] : [`--nodedir=${nodedir}`];
  const script = packageFile('node-gyp', 'bin/node-gyp.js');
  const args = [script, 'configure', 'build', '--release', '--loglevel=warn', ...flags];
  await run(process.execPath, args, { what: 'compiling the addon with node-gyp' });
}
