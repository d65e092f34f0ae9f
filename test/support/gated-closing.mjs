// Starts and closes pipelines with a gate, one after the other, then ends in the middle of one.
//   node gated-closing.mjs URL KEY ROUNDS
import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';

const [url, key, rounds] = process.argv.slice(2);
const sink = { hub: { url, key, adaptive: true } };
for (let round = 0; round < Number(rounds); round++) {
  const collector = new TraceCollector({ capacity: 100 });
  const pipeline = await startPipeline({ collector, sink, metricsEventIntervalMs: 0 });
  collector.record({ eventType: 'e', component: 'c', requestId: 'r', severity: 'Error' });
  await pipeline.flush();
  // At other moments of what is between it and the hub.
  await new Promise((resolve) => setTimeout(resolve, round % 7));
  await pipeline.close();
  collector.close();
}
const collector = new TraceCollector({ capacity: 100 });
await startPipeline({ collector, sink, metricsEventIntervalMs: 0 });
collector.record({ eventType: 'e', component: 'c', requestId: 'r', severity: 'Error' });
process.exit(7);
