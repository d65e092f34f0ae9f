import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runProcess } from '../support/child.js';
import { makePipelineFolder } from '../support/pipeline-process.js';

const LOAD = fileURLToPath(new URL('../support/pipeline-load.mjs', import.meta.url));
const COUNT = 10_000_000;
const GROWTH_MB = 20;

it('P1: ten million events through the pipeline leave the memory of the process as it was', async () => {
  const folder = makePipelineFolder();
  const end = await runProcess(process.execPath, [LOAD, String(COUNT), folder.database]);
  folder.remove();
  expect(end.stderr).toBe('');
  const { firstMb, lastMb, ...counts } = JSON.parse(end.stdout) as Record<string, number>;
  expect(counts).toMatchObject({ committed: COUNT, lost: 0, errors: COUNT / 1_000 });
  expect((lastMb as number) - (firstMb as number)).toBeLessThan(GROWTH_MB);
}, 900_000);
