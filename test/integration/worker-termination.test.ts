// A worker may be terminated at any point of what it does with a collector that others go on using.
// A crash ends this file's process, a hang its time limit.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { repeat } from '../support/child.js';
import { readEvents } from '../support/json-export.js';
import { checkTermination } from '../support/termination.js';
import { RecordingWorker, type WorkerTask } from '../support/threads.js';
import { makeTestFolder, type TestFolder } from '../support/write-export.js';

let folder: TestFolder;
beforeEach(() => {
  folder = makeTestFolder();
});
afterEach(() => folder.remove());

it('C13: 200 workers terminated while they record leave a sound ring behind', async () => {
  await checkTermination(200);
}, 120_000);

it.each<WorkerTask>(['exportForever', 'queryForever', 'exportAndExit'])(
  'C13: a worker that ends in the midst of %s leaves no partial file and a sound ring',
  async (task) => {
    const collector = new TraceCollector({ capacity: 20_000 });
    for (let i = 0; i < 20_000; i++) collector.recordNow('t', 'c', `event ${i}`);
    const handle = collector.share();
    const path = join(folder.path, 'trace.json');
    await repeat(15, async () => {
      const worker = new RecordingWorker({ task, handle, path });
      if (task !== 'exportAndExit') {
        await worker.started();
        await worker.terminate();
      }
      await worker.ended();
    });
    const left = readdirSync(folder.path);
    expect(left.filter((name) => name !== 'trace.json')).toEqual([]);
    if (left.length > 0) expect(await readEvents(path)).toHaveLength(20_000);
    expect(await collector.exportJson(path)).toEqual({ events: 20_000 });
    expect(await collector.queryAsync()).toHaveLength(20_000);
    collector.close();
  },
);

it.each<WorkerTask>(['readForever', 'failForever'])(
  'C13: workers terminated in a native call that can no longer return or throw: %s',
  async (task) => {
    const collector = new TraceCollector({ capacity: 1_000 });
    const handle = collector.share();
    await repeat(40, async () => {
      const worker = new RecordingWorker({ task, handle });
      await worker.started();
      await worker.terminate();
      await worker.ended();
    });
    const { recorded, size, dropped } = collector.stats();
    expect(recorded).toBe(size + dropped);
    collector.close();
  },
);
