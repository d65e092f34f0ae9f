// A sink of your own. It says of an event that it will never take it, or for how long to wait.
import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';

const collector = new TraceCollector();
const stored = [];
let isUp = false;

const pipeline = await startPipeline({
  collector,
  spillDirectory: 'spill',
  metricsEventIntervalMs: 0,
  sink: ({ events }) => {
    if (!isUp) throw new Error('the warehouse is down'); // the batch comes again
    const rejected = [];
    for (const [index, { event }] of events.entries()) {
      if (event.rationale === '') rejected.push({ index, reason: 'it does not say why' });
      else stored.push(event);
    }
    return { rejected };
  },
});

collector.recordNow('decision', 'Scheduler', 'earliest deadline');
collector.recordNow('decision', 'Scheduler');
collector.record({
  eventType: 'failure',
  component: 'Worker',
  rationale: 'no such model',
  severity: 'Error',
});
console.log('while it is down, flush() says', await pipeline.flush({ timeoutMs: 300 }));
isUp = true;
console.log('and now', await pipeline.flush());
for (const { severity, rationale } of stored) console.log(severity, rationale);
const { committed, rejected, lost, lostErrors } = pipeline.metrics();
console.log({ committed, rejected, lost, lostErrors });
await pipeline.close();
