// From record() in one process to a client of a hub's stream in another one.

import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
import { startHubProcess } from '../hub-process.mjs';
import { makeInput } from '../payload.mjs';
import { measureRecording } from '../recording.mjs';
import { measureTail } from '../tail.mjs';

export async function measure({ folder, perSecond, seconds, record }) {
  const hub = await startHubProcess(`${folder}/tail-${process.pid}.db`);
  const sink = { hub: { url: hub.url, key: hub.keys.ingest } };
  try {
    const tail = await measureTail(hub, sink, { perSecond, seconds });
    const alone = recording(undefined, record);
    const attached = recording(sink, record);
    return { tail_p95_ms: tail, alone_ns: await alone(), attached_ns: await attached() };
  } finally {
    await hub.stop();
  }
}

function recording(sink, { capacity, ...counts }) {
  return async () => {
    const collector = new TraceCollector({ capacity });
    const options = { collector, sink, queueWarningThreshold: 2 ** 30, metricsEventIntervalMs: 0 };
    const pipeline = sink && (await startPipeline(options));
    const { ns } = measureRecording((requestId) => collector.record(makeInput(requestId)), counts);
    await pipeline?.close({ timeoutMs: 100 });
    collector.close();
    return ns;
  };
}
