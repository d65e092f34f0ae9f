// Compiles the addon with cmake-js; run as a child, since cmake-js prints on stdout.
//   node cmake-js-build.mjs OUT [NAME=VALUE of a CMake option …]
//
// Its command line is not used because it decides by the package.json beside CMakeLists.txt whether an addon is a
// Node-API one, and ours is a folder up: it would take it for an addon that needs the headers of one Node version
// and download them.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dropForeignTree } from './cmake-tree.mjs';
import { inRoot } from './paths.mjs';

const require = createRequire(import.meta.url);
const { BuildSystem } = require('cmake-js');

require('cmake-js/lib/logger').level = 'warn'; // the commands it runs are CMake's business

const [out, ...options] = process.argv.slice(2);
const system = new BuildSystem({
  directory: inRoot('native'),
  // Ends in the configuration's name: then cmake-js puts the binary right there, and its CMake cache too, apart from
  // the other build trees under build/.
  out,
  config: 'Release',
  parallel: availableParallelism(),
  cMakeOptions: Object.fromEntries(options.map((option) => option.split(/=(.*)/s).slice(0, 2))),
});
const { binary } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
system.options.isNodeApi = binary.napi_versions.length > 0;
system.dist.download = () => {
  throw new Error('cmake-js wanted to download Node headers: expected node-api-headers to be used');
};

try {
  await system.toolset.initialize(false);
  dropForeignTree(out, system.toolset.generator);
  // Configured every time: options may have changed since the cache was made, and it costs a tenth of a second.
  await system.configure();
  await system.build();
} catch {
  process.exitCode = 1; // cmake-js and CMake have said why
}
