import { show, TraceError } from '../errors.js';
import { exactInteger, scanJson } from './json-scan.js';
import { SEVERITIES, type Severity, severityRank } from './severity.js';
import type { TraceEvent } from './trace-event.js';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** The fields of an event in a file, in the order in which they are written. */
export const EVENT_JSON_FIELDS = [
  'event_id',
  'event_type',
  'component',
  'timestamp_ns',
  'duration_ns',
  'model_id',
  'request_id',
  'rationale',
  'severity',
  'attributes',
] as const;

type EventJsonField = (typeof EVENT_JSON_FIELDS)[number];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Reads one event of an export. Strict: exactly the ten fields, in any order, each of its type;
 * nothing is converted and integers are taken from their digits, so int64 is exact.
 *
 * @throws TraceError `ERR_TRACE_FORMAT` naming the field, what was expected and what came.
 */
export function parseEventJson(text: string): TraceEvent {
  const value = parseJsonObject(text, 'an event');
  for (const field of EVENT_JSON_FIELDS) {
    if (!Object.hasOwn(value, field)) throw formatError(`an event must have "${field}"`);
  }
  const names = Object.keys(value);
  if (names.length !== EVENT_JSON_FIELDS.length) {
    const unknown = names.find((name) => !EVENT_JSON_FIELDS.includes(name as EventJsonField));
    throw formatError(`an event has the ${EVENT_JSON_FIELDS.length} known fields only`, unknown);
  }
  const scan = scanJson(text);
  const attributes = attributesOf(value);
  if (scan.members !== names.length + Object.keys(attributes).length) {
    throw formatError('each name must occur once in an event and in its attributes');
  }
  return {
    eventId: eventIdOf(value),
    eventType: stringOf(value, 'event_type', 1),
    component: stringOf(value, 'component', 1),
    timestampNs: nanosOf(value, scan.numbers, 'timestamp_ns'),
    durationNs: nanosOf(value, scan.numbers, 'duration_ns'),
    modelId: stringOf(value, 'model_id', 0),
    requestId: stringOf(value, 'request_id', 0),
    rationale: stringOf(value, 'rationale', 0),
    severity: severityOf(value),
    attributes,
  };
}

/**
 * Writes events as a JSON array, one a line, each as {@link formatEventJson}. For `res.json(events)`, which
 * throws because JSON.stringify takes no bigint: `res.type('json').send(formatEventsJson(events))`.
 */
export function formatEventsJson(events: Iterable<TraceEvent>): string {
  const lines = Array.from(events, formatEventJson);
  return lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n]`;
}

/**
 * Writes an event as an export has it: on one line, fields in their order, integers exact. JSON.parse rounds
 * integers above 2^53; {@link parseEventJson} does not.
 */
export function formatEventJson(event: TraceEvent): string {
  return (
    `{"event_id":${JSON.stringify(event.eventId)}` +
    `,"event_type":${JSON.stringify(event.eventType)}` +
    `,"component":${JSON.stringify(event.component)}` +
    `,"timestamp_ns":${event.timestampNs}` +
    `,"duration_ns":${event.durationNs}` +
    `,"model_id":${JSON.stringify(event.modelId)}` +
    `,"request_id":${JSON.stringify(event.requestId)}` +
    `,"rationale":${JSON.stringify(event.rationale)}` +
    `,"severity":${JSON.stringify(event.severity)}` +
    `,"attributes":${JSON.stringify(event.attributes)}}`
  );
}

/**
 * Parses a JSON text that must be an object.
 *
 * @internal
 * @throws TraceError `ERR_TRACE_FORMAT` with the parser's complaint as its cause.
 */
export function parseJsonObject(text: string, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TraceError('ERR_TRACE_FORMAT', `${what} must be JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw formatError(`${what} must be a JSON object`, value);
  }
  return value as Record<string, unknown>;
}

function eventIdOf(value: Record<string, unknown>): string {
  const id = value.event_id;
  if (typeof id === 'string' && UUID.test(id)) return id;
  throw formatError('event_id must be a UUID in lower case', id);
}

function stringOf(value: Record<string, unknown>, field: EventJsonField, lengthMin: 0 | 1): string {
  const text = value[field];
  if (typeof text === 'string' && text.length >= lengthMin) return text;
  throw formatError(`${field} must be a${lengthMin === 1 ? ' non-empty' : ''} string`, text);
}

function nanosOf(
  value: Record<string, unknown>,
  numbers: ReadonlyMap<string, string>,
  field: EventJsonField,
): bigint {
  const token = typeof value[field] === 'number' ? numbers.get(`/${field}`) : undefined;
  const nanos = exactInteger(token, INT64_MIN, INT64_MAX);
  if (nanos !== undefined) return nanos;
  throw formatError(`${field} must be an integer of 64 bits`, token ?? value[field]);
}

function severityOf(value: Record<string, unknown>): Severity {
  if (severityRank(value.severity) >= 0) return value.severity as Severity;
  throw formatError(`severity must be one of ${SEVERITIES.join(', ')}`, value.severity);
}

function attributesOf(value: Record<string, unknown>): Record<string, string> {
  const attributes = value.attributes;
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    throw formatError('attributes must be an object', attributes);
  }
  for (const key of Object.keys(attributes)) {
    const attribute = (attributes as Record<string, unknown>)[key];
    if (typeof attribute !== 'string') {
      throw formatError(`attribute ${show(key)} must be a string`, attribute);
    }
  }
  return attributes as Record<string, string>;
}

function formatError(expectation: string, ...got: unknown[]): TraceError {
  const suffix = got.length > 0 ? `; got ${show(got[0])}` : '';
  return new TraceError('ERR_TRACE_FORMAT', `${expectation}${suffix}`);
}
