// `npm test`: sets up, builds and runs every test: GoogleTest through ctest, then vitest. `--stress` adds test/stress and
// ten CPU-minutes of fuzzing. The last line is `N passed, N failed`, the sum of what the runners report.

import { mkdirSync, rmSync } from 'node:fs';
import { build } from './build.mjs';
import { readFlags, runAsMain } from './lib/main.mjs';
import { fuzzNative } from './lib/native-fuzz.mjs';
import { testPreset } from './lib/native-tests.mjs';
import { inRoot, packageFile } from './lib/paths.mjs';
import { exitCodeOf, step } from './lib/run.mjs';
import { accountFor, add, NOTHING, readVitest, totalLine } from './lib/totals.mjs';
import { setup } from './setup.mjs';

const FUZZ_CPU_SECONDS = 600;

async function runVitest({ stress }) {
  step(`vitest${stress ? ' with stress tests' : ''}`);
  const report = inRoot('build/reports/vitest.json');
  mkdirSync(inRoot('build/reports'), { recursive: true });
  rmSync(report, { force: true }); // an old report must not be counted for a run that crashed
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const env = { ...process.env, ...(stress ? { AEGIS_STRESS: '1' } : {}) };
  const code = await exitCodeOf(
    process.execPath,
    [packageFile('vitest', 'vitest.mjs'), 'run', ...reporters],
    { env },
  );
  return accountFor(readVitest(report), code);
}

await runAsMain(import.meta, async (argv) => {
  const { stress = false } = readFlags(argv, ['stress']);
  await setup({ tests: true, fuzz: stress });
  await build();
  const native = await testPreset('dev');
  const fuzzed = stress ? await fuzzNative({ cpuSeconds: FUZZ_CPU_SECONDS }) : NOTHING;
  const javascript = await runVitest({ stress });
  const total = add(native, fuzzed, javascript);
  step(
    `native: ${totalLine(add(native, fuzzed))}; TypeScript: ${totalLine(javascript)}; skipped: ${total.skipped}`,
  );
  process.stdout.write(`${totalLine(total)}\n`);
  return total.failed === 0 ? 0 : 1;
});
