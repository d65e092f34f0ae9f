// SIGKILL of processes that send to a hub, at random moments: what they had flushed is there, once.
import { expect, it } from 'vitest';
import type { PipelineSink } from '../../src/pipeline/index.js';
import { eventually } from '../support/eventually.js';
import { KEYS, startTestHub } from '../support/hub.js';
import {
  makePipelineFolder,
  missingFrom,
  numbersBelow,
  type PipelineFolder,
  PipelineProcess,
  remainsIn,
} from '../support/pipeline-process.js';
import { randomFrom } from '../support/random.js';

const RUNS = process.env.AEGIS_STRESS === '1' ? 500 : 100;
const FLUSHES = 4;

const sinks: Record<string, (url: string, folder: PipelineFolder) => PipelineSink> = {
  'sends to it': (url) => ({ hub: { url, key: KEYS.ingest } }),
  'stores, and sends from there': (url, { database }) => ({
    sqlite: { path: database },
    hub: { url, key: KEYS.ingest },
  }),
};

it.each(Object.entries(sinks))(
  `a process that %s is killed ${RUNS} times`,
  async (name, sinkOf) => {
    const random = randomFrom(7);
    const hub = await startTestHub();
    const folder = makePipelineFolder();
    const options = {
      sink: sinkOf(hub.hub.url, folder),
      spillDirectory: folder.spill,
      errorLaneBytes: 65_536,
      intervalMs: 1,
    };
    const flushed: number[] = [];
    for (let round = 0; round < RUNS; round++) {
      const run = new PipelineProcess({
        end: 'forever',
        count: 1 + Math.floor(random() * 200),
        options,
      });
      await run.printed(1 + Math.floor(random() * FLUSHES));
      await new Promise((resolve) => setTimeout(resolve, random() * 20));
      expect(run.child.kill('SIGKILL')).toBe(true);
      expect((await run.ended).signal, run.stderr).toBe('SIGKILL');
      flushed.push(run.flushed);
    }
    // What is stored and not sent is sent by the next process, when the lease of the dead one is over.
    const next = new PipelineProcess({ end: 'wait', count: 0, options });
    await eventually(async () => {
      const { stored } = await remainsIn({ ...folder, database: hub.hub.database });
      const counts = new Map<string, number>();
      for (const id of stored) counts.set(id, (counts.get(id) ?? 0) + 1);
      for (const id of numbersBelow(Math.max(...flushed), 'all')) {
        const owed = flushed.filter((number) => number > Number(id)).length;
        expect(counts.get(id) ?? 0, `event ${id}`).toBeGreaterThanOrEqual(owed);
      }
      if (name === 'sends to it') return;
      const own = await remainsIn(folder);
      expect(stored.length).toBe(own.stored.length);
    });
    next.child.kill('SIGKILL');
    await next.ended;
    const { integrity, spilled } = await remainsIn({ ...folder, database: hub.hub.database });
    expect(integrity).toBe('ok');
    expect(missingFrom(spilled, numbersBelow(100_000, 'errors'))).toEqual([]);
    folder.remove();
  },
  RUNS * 5_000 + 120_000,
);
