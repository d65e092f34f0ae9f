// A user's ES module: records, queries and exports (to the file named on the command line) with the installed package.

import assert from 'node:assert/strict';
import { readExport, TraceCollector, validateExport } from 'aegis-trace';
import schema from 'aegis-trace/schema' with { type: 'json' };

const file = process.argv[2];
const collector = new TraceCollector({ capacity: 100 });
collector.recordNow('admission_result', 'AdmissionController', 'utilisation 0.85 below bound 1.0');
collector.record({
  eventType: 'scheduling_decision',
  component: 'Scheduler',
  requestId: 'request-1',
  durationNs: 2n ** 53n + 1n,
});
assert.equal(collector.size, 2);
assert.equal(collector.queryByComponent('Scheduler')[0].durationNs, 2n ** 53n + 1n);
await collector.exportJson(file);
const events = [];
for await (const event of readExport(file)) events.push(event);
assert.equal(events.length, 2);
assert.ok(await validateExport(file));
assert.equal(typeof schema.$id, 'string');
collector.close();
process.stdout.write(`node ${process.versions.node} ok\n`);
