import { show } from '../errors.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { SEVERITIES, severityRank } from '../event/severity.js';

/**
 * The number of an event in its run can be lane * 2^47 + sequence: a safe integer for 64 lanes of 10^14 events, which
 * grows with each event of a lane.
 */
const LANE_MAX = 63;
export const SEQUENCES_MAX = 2 ** 47;
/** Characters of one event at most. No ring records more than a tenth of it. */
const EVENT_CHARACTERS_MAX = 2 ** 20;

/** Why an event cannot be stored. */
export class BadEvent extends Error {}

/** @throws BadEvent when the event has a value that its field cannot have. */
export function checkEvent({ lane, sequence, event }: RecordedEvent): void {
  if (!(Number.isInteger(lane) && lane >= 0 && lane <= LANE_MAX)) {
    throw badEvent('lane', `an integer from 0 to ${LANE_MAX}`, lane);
  }
  if (!(Number.isInteger(sequence) && sequence >= 0 && sequence < SEQUENCES_MAX)) {
    throw badEvent('sequence', 'an integer from 0 to 2^47 - 1', sequence);
  }
  requireInt64(event.timestampNs, 'timestampNs');
  requireInt64(event.durationNs, 'durationNs');
  const characters =
    lengthOf(event.eventId, 'eventId') +
    lengthOf(event.eventType, 'eventType') +
    lengthOf(event.component, 'component') +
    lengthOf(event.modelId, 'modelId') +
    lengthOf(event.requestId, 'requestId') +
    lengthOf(event.rationale, 'rationale') +
    attributesLength(event.attributes);
  if (characters > EVENT_CHARACTERS_MAX) {
    throw badEvent('the event', `at most ${EVENT_CHARACTERS_MAX} characters`, characters);
  }
  if (severityRank(event.severity) < 0) {
    throw badEvent('severity', `one of ${SEVERITIES.join(', ')}`, event.severity);
  }
}

function attributesLength(attributes: unknown): number {
  if (typeof attributes !== 'object' || attributes === null) {
    throw badEvent('attributes', 'an object', attributes);
  }
  let characters = 0;
  for (const key in attributes) {
    characters += key.length + lengthOf((attributes as Record<string, unknown>)[key], key);
  }
  return characters;
}

function lengthOf(value: unknown, name: string): number {
  if (typeof value === 'string') return value.length;
  throw badEvent(name, 'a string', value);
}

function requireInt64(value: unknown, name: string): void {
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return;
  throw badEvent(name, 'a bigint of 64 bits', value);
}

function badEvent(name: string, expectation: string, value: unknown): BadEvent {
  return new BadEvent(`${name} must be ${expectation}; got ${show(value)}`);
}
