// Sends many events through a pipeline to SQLite at the speed it takes them, and prints the resident
// memory in MB after the first tenth and at the end, and what became of the events, as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { TraceCollector } from '../../dist/index.js';
import { startPipeline } from '../../dist/pipeline/index.js';

const [count, path] = [Number(process.argv[2]), process.argv[3]];
const AHEAD = 20_000;
const collector = new TraceCollector({ capacity: 50_000 });
const pipeline = await startPipeline({
  collector,
  // Nothing is kept for long: it is the process that is measured, not how large a file may become.
  sink: { sqlite: { path, retentionHours: 1 / 600 } },
  queueWarningThreshold: 2 ** 30,
  metricsEventIntervalMs: 0,
});
const residentMb = () => process.memoryUsage.rss() / 2 ** 20;
let firstMb;
let mostMb = 0;
for (let number = 0; number < count; ) {
  const end = Math.min(count, pipeline.metrics().committed + AHEAD);
  for (; number < end; number++) {
    const severity = number % 1_000 === 0 ? 'Error' : 'Info';
    collector.record({ eventType: 't', component: 'c', requestId: `r${number}`, severity });
  }
  await sleep(1);
  if (number < count / 10) continue;
  firstMb ??= residentMb();
  mostMb = Math.max(mostMb, residentMb());
}
await pipeline.flush();
const { committed, lost, errors } = pipeline.metrics();
await pipeline.close();
process.stdout.write(
  JSON.stringify({ firstMb, mostMb, lastMb: residentMb(), committed, lost, errors }),
);
