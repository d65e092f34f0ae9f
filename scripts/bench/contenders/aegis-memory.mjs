// How much resident memory grows while events are recorded on and on.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { TraceCollector } from 'aegis-trace';
import { makeInput, makeRequestIds } from '../payload.mjs';
import { median } from '../statistics.mjs';

const MEGABYTE = 1024 * 1024;
const BATCH = 100_000;
// A single reading goes up and down with the garbage that awaits collection: a few MB.
const SAMPLES_AT_EACH_END = 20;

export async function measure({ capacity, warmUp, count }) {
  const collector = new TraceCollector({ capacity });
  const requestIds = makeRequestIds(1000);
  const record = async (events, afterBatch) => {
    for (let done = 0; done < events; done += BATCH) {
      for (let i = 0; i < BATCH; i++) collector.record(makeInput(requestIds[i % 1000]));
      afterBatch?.();
      await nextTurn();
    }
  };
  await record(warmUp);
  const samplesMb = [];
  await record(count, () => samplesMb.push(process.memoryUsage.rss() / MEGABYTE));
  const ends = Math.min(SAMPLES_AT_EACH_END, Math.ceil(samplesMb.length / 2));
  const firstMb = median(samplesMb.slice(0, ends));
  const lastMb = median(samplesMb.slice(-ends));
  return { growthMb: lastMb - firstMb, firstMb, lastMb, maxMb: Math.max(...samplesMb), count };
}
