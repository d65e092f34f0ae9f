import { show } from '../errors.js';
import { EVENT_JSON_FIELDS } from '../event/json-event.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { SEVERITIES, severityRank } from '../event/severity.js';
import type { TraceEvent } from '../event/trace-event.js';
import { int64Of } from './exact-json.js';

/** What an event of a batch has. */
export const RECORDED_FIELDS: ReadonlySet<string> = new Set([
  'lane',
  'sequence',
  ...EVENT_JSON_FIELDS,
]);

const UUID_LOWER = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * An event with its place, of an object that has the fields, or what is wrong with it: a throw for each of many would cost more
 * than reading them.
 */
export function readRecorded(item: unknown, fields: ReadonlySet<string>): RecordedEvent | string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return said('an event must be an object', item);
  }
  const value = item as Record<string, unknown>;
  for (const name in value) {
    if (!fields.has(name)) return said('an event has the known fields only', name);
  }
  const { lane, sequence } = value;
  if (!isCount(lane)) return said('lane must be an integer of 0 or more', lane);
  if (!isCount(sequence)) return said('sequence must be an integer of 0 or more', sequence);
  const event = readEvent(value);
  return typeof event === 'string' ? event : { lane, sequence, event };
}

/** The fields of an event as an export has them, or what is wrong with one. */
export function readEvent(value: Record<string, unknown>): TraceEvent | string {
  const { event_id, event_type, component, model_id, request_id, rationale, severity } = value;
  if (typeof event_id !== 'string' || !UUID_LOWER.test(event_id)) {
    return said('event_id must be a UUID in lower case', event_id);
  }
  if (typeof event_type !== 'string' || event_type === '') {
    return said('event_type must be a non-empty string', event_type);
  }
  if (typeof component !== 'string' || component === '') {
    return said('component must be a non-empty string', component);
  }
  if (typeof model_id !== 'string') return said('model_id must be a string', model_id);
  if (typeof request_id !== 'string') return said('request_id must be a string', request_id);
  if (typeof rationale !== 'string') return said('rationale must be a string', rationale);
  if (severityRank(severity) < 0) {
    return said(`severity must be one of ${SEVERITIES.join(', ')}`, severity);
  }
  const timestampNs = int64Of(value.timestamp_ns);
  if (timestampNs === undefined) {
    return said('timestamp_ns must be an integer of 64 bits', value.timestamp_ns);
  }
  const durationNs = int64Of(value.duration_ns);
  if (durationNs === undefined) {
    return said('duration_ns must be an integer of 64 bits', value.duration_ns);
  }
  const { attributes } = value;
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    return said('attributes must be an object', attributes);
  }
  for (const key of Object.keys(attributes)) {
    const attribute = (attributes as Record<string, unknown>)[key];
    if (typeof attribute !== 'string')
      return said(`attribute ${show(key)} must be a string`, attribute);
  }
  return {
    eventId: event_id,
    eventType: event_type,
    component,
    timestampNs,
    durationNs,
    modelId: model_id,
    requestId: request_id,
    rationale,
    severity: severity as TraceEvent['severity'],
    attributes: attributes as Record<string, string>,
  };
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What was expected, and what came. */
export function said(expectation: string, got: unknown): string {
  return `${expectation}; got ${show(got)}`;
}
