// A hub, a service that sends to it, and what an older client or curl may send: one request's chain of all of them.
import { TraceCollector } from 'aegis-trace';
import { runWithOperationId } from 'aegis-trace/context';
import { startHub } from 'aegis-trace/hub';
import { startPipeline } from 'aegis-trace/pipeline';

// On a machine of its own it is `npx aegis-trace hub`, with keys from its hub.keys.
const key = 'a-key-of-all-scopes';
const hub = await startHub({
  port: 0,
  database: 'hub.db',
  keys: [{ key, scopes: ['ingest', 'read', 'admin'] }],
});

// The three lines of a service.
const collector = new TraceCollector();
const sink = { hub: { url: hub.url, key } };
const pipeline = await startPipeline({ collector, service: 'scheduler', sink });

const id = '4bf92f3577b34da6a3ce929d0e0e4736';
runWithOperationId(id, () => {
  collector.recordNow('admission', 'Admission', 'Admitted: utilisation 0.27');
  collector.recordNow('decision', 'Scheduler', 'Worker 2: earliest deadline');
});
await pipeline.flush();

const ask = (path, init) =>
  fetch(hub.url + path, {
    ...init,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  }).then((response) => response.json());

const entry = { correlation_id: id, source_id: 'gateway', endpoint: '/infer', status: 'OK' };
console.log(await ask('/ingest', { method: 'POST', body: JSON.stringify(entry) }));
const { items, complete } = await ask(`/traces/${id}`);
for (const { component, rationale } of items) console.log(component, rationale);
console.log('complete:', complete);
await pipeline.close();
await hub.close();
