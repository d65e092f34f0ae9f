// What one writes instead of a flight recorder: an array that overwrites its oldest event.

import { randomUUID } from 'node:crypto';
import { COMPONENT, DURATION_NS, EVENT_TYPE, MODEL_ID, RATIONALE, SEVERITY } from './payload.mjs';

/** Returns the function that stores an item. The array has its full length from the start. */
export function makeJsRing(capacity) {
  const ring = new Array(capacity).fill(undefined);
  let next = 0;
  return (item) => {
    ring[next] = item;
    next = next + 1 === capacity ? 0 : next + 1;
  };
}

/** The event as our collector returns it, less its attributes: there are none. */
export const makeEvent = (requestId) => ({
  eventId: randomUUID(),
  eventType: EVENT_TYPE,
  component: COMPONENT,
  timestampNs: process.hrtime.bigint(),
  durationNs: DURATION_NS,
  modelId: MODEL_ID,
  requestId,
  rationale: RATIONALE,
  severity: SEVERITY,
});

/** The same without an id. */
export const makeBareEvent = (requestId) => ({
  eventType: EVENT_TYPE,
  component: COMPONENT,
  timestampNs: process.hrtime.bigint(),
  durationNs: DURATION_NS,
  modelId: MODEL_ID,
  requestId,
  rationale: RATIONALE,
  severity: SEVERITY,
});
