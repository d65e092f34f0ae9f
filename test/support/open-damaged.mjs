// Opens a database with others that do so at the same moment, appends to it, and says what it noticed.
// Arguments: path, milliseconds since the Unix epoch at which to begin, number of events.

import { randomUUID } from 'node:crypto';
import { SqliteStore } from '../../dist/store/index.js';

const [path, startMs, count] = process.argv.slice(2);
const notices = [];
const run = { run: randomUUID(), pid: process.pid, anchors: [{ steadyNs: 0n, wallNs: 0n }] };
const events = Array.from({ length: Number(count) }, (_, sequence) => ({
  lane: 0,
  sequence,
  event: {
    eventId: randomUUID(),
    eventType: 'opened',
    component: 'Opener',
    timestampNs: 0n,
    durationNs: 0n,
    modelId: '',
    requestId: '',
    rationale: '',
    severity: 'Error',
    attributes: {},
  },
}));
while (Date.now() < Number(startMs));
let stored = 0;
for (let store; stored < events.length; ) {
  try {
    store ??= await SqliteStore.open({ path, onNotice: ({ message }) => notices.push(message) });
    const { inserted, duplicates } = await store.append(run, events.slice(0, stored + 5), {
      durable: true,
    });
    stored = inserted + duplicates;
    if (stored >= events.length) await store.close();
  } catch (error) {
    if (error.code !== 'ERR_TRACE_STORE') throw error;
  }
}
process.stdout.write(JSON.stringify({ run: run.run, notices }));
