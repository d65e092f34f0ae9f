// Appends to a store until it is killed; before each batch it says what the batch has, so that what was
// stored without an answer is known as well. Arguments: path, run, first sequence.

import { writeSync } from 'node:fs';
import { SqliteStore } from '../../dist/store/index.js';

const [path, run, first] = process.argv.slice(2);
const store = await SqliteStore.open({ path });
const info = { run, pid: process.pid, anchors: [{ steadyNs: 0n, wallNs: 0n }] };
const makeEvent = (sequence) => ({
  lane: sequence % 3,
  sequence,
  event: {
    eventId: `event ${sequence}`,
    eventType: 'appended',
    component: `Component${sequence % 5}`,
    // Late ones among them.
    timestampNs: BigInt((sequence * 7919) % 100_000) * 1_000_000n,
    durationNs: BigInt(sequence),
    modelId: '',
    requestId: `r${sequence % 10}`,
    rationale: '',
    severity: 'Info',
    attributes: {},
  },
});
for (let from = Number(first); ; from += 20) {
  const events = Array.from({ length: 20 }, (_, index) => makeEvent(from + index));
  await store.append(info, events);
  writeSync(1, `${from + 20}\n`);
}
