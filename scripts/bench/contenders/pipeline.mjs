// From record() to the committed row: how many a second without loss, how long a batch of 100 takes, and
// what the main thread feels of it.

import { mkdtempSync, rmSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
import { makeInput, makeRequestIds } from '../payload.mjs';
import { percentile } from '../statistics.mjs';
import { measureLimit } from './sqlite-limit.mjs';

const requestIds = makeRequestIds(1000);
const TICK_MS = 5;
/** Between two of the pipeline's own turns, 100 ms apart, one of which would cut the batch in two. */
const BATCH_APART_MS = 60;

const options = (collector, folder, name) => ({
  collector,
  sink: { sqlite: { path: `${folder}/${name}.db` } },
  queueWarningThreshold: 2 ** 30, // the bench lets events wait on purpose
  metricsEventIntervalMs: 0,
});

/** Records `count` events as fast as the pipeline takes them, so that the ring never overwrites one. */
async function sustained(folder, { count, capacity }) {
  const collector = new TraceCollector({ capacity });
  const pipeline = await startPipeline(options(collector, folder, 'sustained'));
  const start = performance.now();
  for (let i = 0; i < count; ) {
    const { committed } = pipeline.metrics();
    const end = Math.min(count, committed + capacity / 2);
    for (; i < end; i++) collector.record(makeInput(requestIds[i % 1000]));
    await sleep(1);
  }
  await pipeline.flush();
  const seconds = (performance.now() - start) / 1000;
  const { committed, lost } = pipeline.metrics();
  await pipeline.close();
  if (committed !== count || lost !== 0) throw new Error(`committed ${committed}, lost ${lost}`);
  return count / seconds;
}

/** The event loop's delay while `perSecond` events are recorded in a steady stream. */
async function loopDelay(folder, { perSecond, seconds }) {
  const collector = new TraceCollector({ capacity: 10 * perSecond });
  const pipeline = await startPipeline(options(collector, folder, 'steady'));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const start = performance.now();
  delay.enable();
  for (let i = 0; i < perSecond * seconds; ) {
    const due = ((performance.now() - start) / 1000) * perSecond;
    for (; i < due; i++) collector.record(makeInput(requestIds[i % 1000]));
    await sleep(TICK_MS);
  }
  delay.disable();
  await pipeline.flush();
  const { lost } = pipeline.metrics();
  await pipeline.close();
  if (lost !== 0) throw new Error(`lost ${lost}`);
  return delay.percentile(99) / 1e6;
}

/**
 * Batches of 100, each from the call to flush() until it resolves. They come apart from one another, as
 * they do from a pipeline: what the store does in between, such as taking in its log, is then done.
 */
async function batches(folder, count) {
  const collector = new TraceCollector({ capacity: 10_000 });
  const pipeline = await startPipeline(options(collector, folder, 'batches'));
  const times = [];
  for (let batch = 0; batch < count; batch++) {
    for (let i = 0; i < 100; i++) collector.record(makeInput(requestIds[i]));
    const start = performance.now();
    await pipeline.flush();
    times.push(performance.now() - start);
    await sleep(BATCH_APART_MS);
  }
  await pipeline.close();
  return percentile(times.slice(times.length >> 2), 0.99); // the rest has been compiled
}

export async function measure({ folder, sustained: load, steady, batchCount }) {
  const own = mkdtempSync(`${folder}/round-`);
  try {
    const events_per_s = await sustained(own, load);
    const limit_per_s = await measureLimit(`${own}/sustained.db`, `${own}/limit.db`);
    const loop_p99_ms = await loopDelay(own, steady);
    const batch_p99_ms = await batches(own, batchCount);
    return { events_per_s, limit_per_s, loop_p99_ms, batch_p99_ms };
  } finally {
    rmSync(own, { recursive: true });
  }
}
