// From record() in this process to a client of a hub's stream.

import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
import { makeInput } from './payload.mjs';
import { percentile } from './statistics.mjs';

/** Reads the stream of a hub, and records for a sink: P95 of how long an event takes, milliseconds. */
export async function measureTail(hub, sink, { perSecond, seconds }) {
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
