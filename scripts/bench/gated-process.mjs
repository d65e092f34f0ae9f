// A process of the gate's bench: fills its ring with parts of many requests, says so, and goes on living.

import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
import { makeInput } from './payload.mjs';

const { url, key, ids, eventsEach, capacity } = JSON.parse(process.argv[2]);
const collector = new TraceCollector({ capacity });
const sink = { hub: { url, key, adaptive: true } };
const pipeline = await startPipeline({ collector, sink, metricsEventIntervalMs: 0 });
const others = capacity - ids.length * eventsEach;
for (let index = 0; index < others; index++) collector.record(makeInput(`other-${index}`));
for (let part = 0; part < eventsEach; part++) {
  for (const id of ids) collector.record(makeInput(id));
}
await pipeline.flush();
process.send('ready');
// The channel keeps it alive.
process.on('message', () => {});
