// The same document written from as many JavaScript objects, by JSON.stringify a slice at a time. In
// its favour: the objects already have the names of the file, and plain numbers where JSON.stringify
// would refuse a bigint.

import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { makeEvent } from '../js-ring.mjs';
import { makeRequestIds } from '../payload.mjs';

/** About 100 KB of text: of 20, 100, 300, 1000 and 5000 events the fastest. */
const SLICE_EVENTS = 300;

function makeFileEvent(requestId) {
  const event = makeEvent(requestId);
  return {
    event_id: event.eventId,
    event_type: event.eventType,
    component: event.component,
    timestamp_ns: Number(event.timestampNs),
    duration_ns: Number(event.durationNs),
    model_id: event.modelId,
    request_id: event.requestId,
    rationale: event.rationale,
    severity: event.severity,
    attributes: {},
  };
}

/** Returns the number of bytes written. */
function writeDocument(file, events) {
  const descriptor = openSync(file, 'w', 0o600);
  let bytes = writeSync(descriptor, '{"metadata": {"format":"aegis-trace","format_version":1},\n');
  bytes += writeSync(descriptor, '"events": [');
  for (let at = 0; at < events.length; at += SLICE_EVENTS) {
    const slice = JSON.stringify(events.slice(at, at + SLICE_EVENTS));
    bytes += writeSync(descriptor, (at === 0 ? '\n' : ',\n') + slice.slice(1, -1));
  }
  bytes += writeSync(descriptor, '\n]}\n');
  fsyncSync(descriptor);
  closeSync(descriptor);
  return bytes;
}

export function measure({ capacity, folder }) {
  const requestIds = makeRequestIds(1000);
  const events = Array.from({ length: capacity }, (_, i) => makeFileEvent(requestIds[i % 1000]));
  const file = `${folder}/js.json`;
  const start = process.hrtime.bigint();
  const bytes = writeDocument(file, events);
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  rmSync(file);
  return { ms, bytes };
}
