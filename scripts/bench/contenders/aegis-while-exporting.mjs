// How long one record() takes at worst, alone and while a worker thread exports the same ring over and
// over. Every call is timed; what two readings of the clock cost is in it, and is measured too.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { TraceCollector } from 'aegis-trace';
import { makeInput, makeRequestIds } from '../payload.mjs';
import { percentile } from '../statistics.mjs';

const requestIds = makeRequestIds(1000);

/** Times `call` for each of `count` request ids; percentiles in microseconds. */
function latencies(call, count) {
  const samplesNs = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const requestId = requestIds[i % requestIds.length];
    const start = process.hrtime.bigint();
    call(requestId);
    samplesNs[i] = Number(process.hrtime.bigint() - start);
  }
  const microseconds = (share) => percentile(samplesNs, share) / 1000;
  return {
    p50: microseconds(0.5),
    p99: microseconds(0.99),
    p999: microseconds(0.999),
    max: microseconds(1),
  };
}

export async function measure({ capacity, folder, warmUp, count }) {
  const collector = new TraceCollector({ capacity });
  const record = (requestId) => collector.record(makeInput(requestId));
  for (let i = 0; i < warmUp; i++) record(requestIds[i % requestIds.length]);

  const timer = latencies(() => {}, count);
  const alone = latencies(record, count);

  const control = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./exporter.mjs', import.meta.url), {
    workerData: { handle: collector.share(), folder, control },
  });
  await once(worker, 'message'); // the first export is done, the next one under way
  const exporting = latencies(record, count);
  Atomics.store(control, 0, 1);
  const [exports] = await once(worker, 'message');

  return {
    ...prefixed('timer', timer),
    ...prefixed('alone', alone),
    ...prefixed('exporting', exporting),
    exports,
  };
}

/** { p50: 1 } → { timer_p50_us: 1 } */
const prefixed = (name, percentiles) =>
  Object.fromEntries(
    Object.entries(percentiles).map(([key, value]) => [`${name}_${key}_us`, value]),
  );
