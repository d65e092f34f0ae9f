// A user's CommonJS file.

const assert = require('node:assert/strict');
const { TraceCollector } = require('aegis-trace');

const collector = new TraceCollector({ capacity: 10 });
collector.recordNow('deadline_miss', 'Scheduler', 'finished 3 ms late');
assert.equal(collector.query({ component: 'Scheduler' }).length, 1);
collector.close();
process.stdout.write('ok\n');
