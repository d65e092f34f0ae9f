// The sanitizers and the linter of the C++ side: the presets tsan, asan and tidy, then AddressSanitizer inside Node.
// The last line is `N passed, N failed`: what ctest counts, plus one for tidy and one for Node.
//   node scripts/check-native.mjs [--tsan] [--asan] [--tidy] [--node]      all of them without a flag

import { existsSync } from 'node:fs';
import { build } from './build.mjs';
import { Checks } from './lib/checks.mjs';
import { readFlags, runAsMain } from './lib/main.mjs';
import { buildWithCmake } from './lib/native-build.mjs';
import { buildPreset, testPreset } from './lib/native-tests.mjs';
import { inRoot } from './lib/paths.mjs';
import { capture, run, ScriptError, step } from './lib/run.mjs';
import { setup } from './setup.mjs';

const STAGES = ['tsan', 'asan', 'tidy', 'node'];
const ASAN_ADDON = 'build/asan-addon';

/** Worker threads recording into an addon built with AddressSanitizer and UBSan, in a Node that knows neither. */
async function asanInNode() {
  const script = inRoot('test/stress/asan-workers.mjs');
  if (!existsSync(script))
    throw new ScriptError(`expected ${script}: the program that AddressSanitizer watches`);
  await build(); // the script uses dist/
  step('native asan: the addon inside Node');
  await buildWithCmake(`${ASAN_ADDON}/build/Release`, { AEGIS_SANITIZE: 'address,undefined' });
  const env = {
    ...process.env,
    // Node is not built with the sanitizer: its run-time library has to be there first.
    LD_PRELOAD: capture('g++', ['-print-file-name=libasan.so']).trim(),
    // Node itself frees little at exit, so leaks would be mostly its own.
    ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=0:exitcode=99',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1:exitcode=99',
    // node-gyp-build takes the binary from here instead of build/Release.
    AEGIS_TRACE_PREBUILD: inRoot(ASAN_ADDON),
  };
  await run(process.execPath, [script], { env, what: 'asan-workers.mjs under AddressSanitizer' });
}

const stages = {
  tsan: async (checks) => checks.addTotals('ThreadSanitizer', await testPreset('tsan')),
  asan: async (checks) => checks.addTotals('AddressSanitizer and UBSan', await testPreset('asan')),
  // Building is the check: the tests themselves are the same ones again.
  tidy: async (checks) => {
    // As cmake-js would: the addon is looked at too.
    const headers = ['node-api-headers/include', 'node-addon-api'];
    const CMAKE_JS_INC = headers.map((path) => inRoot('node_modules', path)).join(';');
    checks.count('clang-tidy and warnings as errors', await buildPreset('tidy', { CMAKE_JS_INC }));
  },
  node: async (checks) => checks.check('AddressSanitizer inside Node', asanInNode),
};

await runAsMain(import.meta, async (argv) => {
  const flags = readFlags(argv, STAGES);
  const chosen = argv.length === 0 ? STAGES : STAGES.filter((stage) => flags[stage]);
  await setup({ tests: true, tidy: chosen.includes('tidy') });
  const checks = new Checks();
  for (const stage of chosen) await stages[stage](checks);
  return checks.finish();
});
