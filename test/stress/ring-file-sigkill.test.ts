import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runProcess } from '../support/child.js';

const program = fileURLToPath(
  new URL('../../build/dev/test/aegis_trace_sigkill_tests', import.meta.url),
);

it('C14: 1 000 kills of each ring lose nothing', async () => {
  // Another seed each day, printed when it fails.
  const seed = String(Math.floor(Date.now() / 86_400_000));
  const env = { AEGIS_KILL_RUNS: '1000', AEGIS_TEST_SEED: seed };
  const { code, stdout, stderr } = await runProcess(program, [], env);
  expect(code, `AEGIS_TEST_SEED=${seed}\n${stdout}${stderr}`).toBe(0);
});
