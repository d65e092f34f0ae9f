// record() where every request is COLD, with a gated pipeline and without one, and what shouldTrace() costs.

import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
import { HubLoad, startHubProcess } from '../hub-process.mjs';
import { makeInput, makeRequestIds } from '../payload.mjs';
import { measureRecording } from '../recording.mjs';

export async function measure({ folder, capacity, looks, hot, ...counts }) {
  const hub = await startHubProcess(`${folder}/record-${process.pid}.db`, GATE_FLAGS);
  const sink = { hub: { url: hub.url, key: hub.keys.ingest, adaptive: true } };
  try {
    const alone = await recordAll(undefined, capacity, counts);
    const cold = await recordAll(sink, capacity, counts);
    return {
      alone_ns: alone.ns,
      alone_cpu_ns: alone.cpuNs,
      cold_ns: cold.ns,
      cold_cpu_ns: cold.cpuNs,
      should_trace_ns: await measureLooks(hub, sink, { looks, hot }),
    };
  } finally {
    await hub.stop();
  }
}

/** As many requests as there may be. */
export const GATE_FLAGS = ['--heats-per-minute', '100000', '--hot-max', '1000'];

async function recordAll(sink, capacity, counts) {
  const collector = new TraceCollector({ capacity });
  const options = { collector, sink, metricsEventIntervalMs: 0 };
  const pipeline = sink && (await startPipeline(options));
  const measured = measureRecording((requestId) => collector.record(makeInput(requestId)), counts);
  if (pipeline !== undefined) {
    await pipeline.flush();
    const { committed, heldBack } = pipeline.metrics();
    if (committed > 0 || heldBack === 0) throw new Error(`${committed} events were sent`);
    await pipeline.close();
  }
  collector.close();
  return measured;
}

/** Half of the ids that are looked up are HOT. */
async function measureLooks(hub, sink, { looks, hot }) {
  const load = new HubLoad(hub);
  const ids = makeRequestIds(2 * hot);
  for (const id of ids.slice(0, hot)) await load.post(`/tracing/enable/${id}`);
  load.close();
  const collector = new TraceCollector({ capacity: 1000 });
  const pipeline = await startPipeline({ collector, sink, metricsEventIntervalMs: 0 });
  const isHeard = () => ids.slice(0, hot).every((id) => pipeline.shouldTrace(id));
  while (!isHeard()) await new Promise((resolve) => setTimeout(resolve, 10));
  let found = 0;
  const look = (count) => {
    for (let i = 0; i < count; i++) if (pipeline.shouldTrace(ids[i % ids.length])) found++;
  };
  look(looks / 10);
  const start = process.hrtime.bigint();
  look(looks);
  const ns = Number(process.hrtime.bigint() - start) / looks;
  if (found === 0) throw new Error('nothing was HOT');
  await pipeline.close();
  collector.close();
  return ns;
}
