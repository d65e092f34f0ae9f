// From record() in one process to a client of a hub's stream in another one.

import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
import { startHubProcess } from '../hub-process.mjs';
import { makeInput } from '../payload.mjs';
import { measureRecording } from '../recording.mjs';
import { percentile } from '../statistics.mjs';

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

async function measureTail(hub, sink, { perSecond, seconds }) {
  const abort = new AbortController();
  const response = await fetch(`${hub.url}/recent/stream`, {
    headers: { authorization: `Bearer ${hub.keys.read}` },
    signal: abort.signal,
  });
  const delays = [];
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of response.body) {
      const now = process.hrtime.bigint();
      const text = decoder.decode(bytes, { stream: true });
      for (const [, ns] of text.matchAll(/"timestamp_ns":(\d+)/g))
        delays.push(Number(now - BigInt(ns)) / 1e6);
    }
  })().catch(() => {});
  const collector = new TraceCollector({ capacity: 100_000 });
  const pipeline = await startPipeline({ collector, sink, metricsEventIntervalMs: 0 });
  const start = performance.now();
  const total = perSecond * seconds;
  for (let index = 0; index < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * perSecond));
    for (; index < due; index++) collector.record(makeInput('4bf92f3577b34da6a3ce929d0e0e4736'));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await pipeline.close();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  abort.abort();
  await reading;
  collector.close();
  if (delays.length < 0.9 * total) throw new Error(`${delays.length} of ${total} events came`);
  return percentile(Float64Array.from(delays), 0.95);
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
