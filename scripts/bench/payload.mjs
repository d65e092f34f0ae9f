// The event that every contender records: five strings, a severity and a duration. The same one as in
// native/bench/payload.hpp.

import { randomUUID } from 'node:crypto';

export const EVENT_TYPE = 'scheduling_decision';
export const COMPONENT = 'Scheduler';
export const MODEL_ID = 'model_a';
export const RATIONALE = 'Selected model_a: earliest deadline 14:23:45.200';
export const SEVERITY = 'Info';
export const DURATION_NS = 45_000n;

/** Ids of 36 characters, made beforehand: a caller already holds the id of what it decides about. */
export const makeRequestIds = (count) => Array.from({ length: count }, () => randomUUID());

/** An equal string that is not the same object, as an id has that comes from elsewhere. */
export const copyOf = (text) => Buffer.from(text).toString();

/** What is given to `record()` about one request. */
export const makeInput = (requestId) => ({
  eventType: EVENT_TYPE,
  component: COMPONENT,
  modelId: MODEL_ID,
  requestId,
  rationale: RATIONALE,
  severity: SEVERITY,
  durationNs: DURATION_NS,
});
