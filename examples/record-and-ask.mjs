// Record decisions, and ask why.
import { TraceCollector } from 'aegis-trace';

const collector = new TraceCollector({ capacity: 10_000 });

function schedule(request) {
  collector.record({
    eventType: 'scheduling_decision',
    component: 'Scheduler',
    modelId: request.model,
    requestId: request.id,
    rationale: `Selected ${request.model}: earliest deadline, ${request.deadlineMs} ms`,
    severity: request.deadlineMs < 10 ? 'Warning' : 'Info',
    attributes: { queued: request.queued },
  });
}

const id = '4bf92f3577b34da6a3ce929d0e0e4736';
collector.record({
  eventType: 'admission_result',
  component: 'Admission',
  requestId: id,
  rationale: 'Admitted: utilisation 0.85 below bound 0.95',
});
schedule({ id, model: 'model_a', deadlineMs: 8, queued: 3 });
schedule({ id: 'another', model: 'model_b', deadlineMs: 80, queued: 2 });

console.log('why was it scheduled so?');
for (const event of collector.reconstructDecisionChain(id)) console.log(' ', event.rationale);
console.log('what was close?');
for (const event of collector.query({ minSeverity: 'Warning', limit: 10 })) {
  console.log(' ', event.requestId, event.attributes);
}
console.log(collector.stats());
await collector.exportJson('trace.json');
console.log('aegis-trace summary trace.json');
