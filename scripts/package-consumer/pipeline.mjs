// A user's pipeline: to JSON lines and to the store. With `--omit=optional` on the command line the packages were
// installed so; where this Node has no SQLite of its own, the error must then name what to install.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { TraceCollector } from 'aegis-trace';
import { registerPipelineMetrics, startPipeline } from 'aegis-trace/pipeline';
import { SqliteStore } from 'aegis-trace/store';

const collector = new TraceCollector({ capacity: 100 });
collector.record({ eventType: 'deadline_miss', component: 'Scheduler', severity: 'Error' });
const name = `events-${process.versions.node}`;
const options = { collector, metricsEventIntervalMs: 0 };

const lines = await startPipeline({ ...options, sink: { jsonLines: { path: `${name}.jsonl` } } });
await assert.rejects(registerPipelineMetrics(lines, {}), {
  code: 'ERR_TRACE_PEER',
  message: /npm install prom-client/,
});
assert.equal(await lines.close(), true);
assert.equal(JSON.parse(readFileSync(`${name}.jsonl`, 'utf8')).event_type, 'deadline_miss');

const path = `${name}.db`;
const toStore = () => startPipeline({ ...options, sink: { sqlite: { path } } });
const isOmitted = process.argv.includes('--omit=optional');
if (isOmitted && process.getBuiltinModule('node:sqlite') === undefined) {
  const missing = { code: 'ERR_TRACE_PEER', message: /npm install @photostructure\/sqlite/ };
  await assert.rejects(toStore(), missing);
  await assert.rejects(SqliteStore.open({ path }), missing);
} else {
  const pipeline = await toStore();
  assert.equal(await pipeline.close(), true);
  const store = await SqliteStore.open({ path });
  assert.equal((await store.query({ status: 'ERR' })).events.length, 1);
  await store.close();
}
collector.close();
process.stdout.write(`node ${process.versions.node} ok\n`);
