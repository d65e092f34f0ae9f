// SIGKILL of a process with a pipeline, at random moments, every time into the same database.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { repeat } from '../support/child.js';
import {
  makePipelineFolder,
  missingFrom,
  numbersBelow,
  type PipelineFolder,
  PipelineProcess,
  remainsIn,
} from '../support/pipeline-process.js';
import { randomFrom } from '../support/random.js';

const RUNS = process.env.AEGIS_STRESS === '1' ? 1_000 : 200;
const RUNS_A_DATABASE = 10;
const FLUSHES = 4;

let folders: PipelineFolder[];
beforeAll(() => {
  const databases = RUNS / RUNS_A_DATABASE;
  folders = Array.from({ length: databases }, () => makePipelineFolder());
});
afterAll(() => {
  for (const folder of folders) folder.remove();
});

it(`P2: what was flushed is stored, once, after SIGKILL, ${RUNS} times`, async () => {
  const random = randomFrom(1);
  let killedAtWork = 0;
  await repeat(folders.length, async (index) => {
    const folder = folders[index] as PipelineFolder;
    const flushed: number[] = [];
    for (let round = 0; round < RUNS_A_DATABASE; round++) {
      const run = new PipelineProcess({
        end: 'forever',
        count: 1 + Math.floor(random() * 200),
        options: {
          sink: { sqlite: { path: folder.database } },
          spillDirectory: folder.spill,
          errorLaneBytes: 65_536,
          intervalMs: 1,
        },
      });
      await run.printed(1 + Math.floor(random() * FLUSHES));
      await new Promise((resolve) => setTimeout(resolve, random() * 20));
      if (run.child.kill('SIGKILL')) killedAtWork++;
      expect((await run.ended).signal, run.stderr).toBe('SIGKILL');
      flushed.push(run.flushed);
    }
    const { integrity, stored, spilled, runs } = await remainsIn(folder);
    expect(integrity).toBe('ok');
    expect(runs).toBeGreaterThanOrEqual(flushed.filter((number) => number > 0).length);
    // Every run numbers its events from 0: each is there as often as there were runs that flushed it.
    const counts = new Map<string, number>();
    for (const id of stored) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) expect(count, id).toBeLessThanOrEqual(RUNS_A_DATABASE);
    const most = Math.max(...flushed);
    for (const id of numbersBelow(most, 'all')) {
      const owed = flushed.filter((number) => number > Number(id)).length;
      expect(counts.get(id) ?? 0, `event ${id}`).toBeGreaterThanOrEqual(owed);
    }
    expect(missingFrom(spilled, numbersBelow(100_000, 'errors'))).toEqual([]);
  });
  expect(killedAtWork).toBe(RUNS);
}, 600_000);
