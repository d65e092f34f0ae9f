import { statusOf } from '../event/event-status.js';
import type { Severity } from '../event/severity.js';
import type { TraceEvent } from '../event/trace-event.js';
import { said } from './read-event.js';

// What older clients send: entries of a trace, loosely written. What can be understood becomes a field of an
// event, and all else an attribute; only an entry without a correlation id is none.

/** An entry as an event, which has no id of its own. */
export interface ClientEntry {
  /** What the sender calls itself. */
  readonly source: string;
  readonly event: Omit<TraceEvent, 'eventId'>;
  /** Source, correlation id, endpoint and direction, the same in each repeat; undefined for an error, which is never one. */
  readonly identity: readonly string[] | undefined;
}

/** The type of the events that entries are. */
const EVENT_TYPE = 'trace';
const SOURCE_DEFAULT = 'unknown';
const ENDPOINT_DEFAULT = 'unknown';
/** Characters of names by which things are counted. */
const NAME_MAX = 200;
/** Where entries are in an object that has more of them. */
const LISTS = ['traces', 'entries'] as const;

const FAILED = /^(err|error|fail|failed|failure|exception|timeout)$/i;
const CRITICAL = /^(critical|fatal|panic)$/i;
const WARNED = /^warn(ing)?$/i;
/** Of HTTP. */
const FAILED_STATUS_MIN = 400;

const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/;
const DIGITS = /^\d{1,19}(\.\d+)?$/;
const INT64_MAX = 2n ** 63n - 1n;
const NANOS_PER_MILLI = 1_000_000n;
/** Seconds, milliseconds and microseconds since 1970 up to the year 5138; what is more are nanoseconds. */
const UNITS = [
  { below: 1e11, nanos: 1e9 },
  { below: 1e14, nanos: 1e6 },
  { below: 1e17, nanos: 1e3 },
  { below: Number.POSITIVE_INFINITY, nanos: 1 },
] as const;

/**
 * The entries of a body: itself, its items, or those under `traces` or `entries`.
 *
 * @returns undefined when it has none.
 */
export function entriesOf(body: unknown): readonly unknown[] | undefined {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'object' || body === null) return undefined;
  const list = LISTS.map((name) => (body as Record<string, unknown>)[name]).find(Array.isArray);
  if (list !== undefined) return list;
  return Object.hasOwn(body, 'correlation_id') ? [body] : undefined;
}

/**
 * Reads an entry; `nowNs` (since 1970) is the time of one that has none that can be read.
 *
 * @returns what is wrong when it is none.
 */
export function readClientEntry(item: unknown, nowNs: bigint): ClientEntry | string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return said('an entry must be an object', item);
  }
  const { correlation_id, source_id, endpoint, direction, timestamp, duration_ms, ...others } =
    item as Record<string, unknown>;
  const requestId = nameOf(correlation_id);
  if (requestId === undefined) {
    return said('correlation_id must be a non-empty string or a number', correlation_id);
  }
  const source = nameOf(source_id) ?? SOURCE_DEFAULT;
  const component = nameOf(endpoint) ?? ENDPOINT_DEFAULT;
  const long = [source, component].find((name) => name.length > NAME_MAX);
  if (long !== undefined) {
    return said(`source_id and endpoint must have at most ${NAME_MAX} characters`, long);
  }
  const way = nameOf(direction) ?? '';
  const timestampNs = timeOf(timestamp);
  const durationNs = durationOf(duration_ms);
  const attributes: [string, unknown][] = [['source_id', source]];
  if (way !== '') attributes.push(['direction', way]);
  // What could not be understood is kept as it came.
  if (timestampNs === undefined) attributes.push(['timestamp', timestamp]);
  if (durationNs === undefined) attributes.push(['duration_ms', duration_ms]);
  attributes.push(...Object.entries(others));
  const event = {
    eventType: EVENT_TYPE,
    component,
    timestampNs: timestampNs ?? nowNs,
    durationNs: durationNs ?? 0n,
    modelId: '',
    requestId,
    rationale: '',
    severity: severityOf(others),
    // Not by assignment: a name may be `__proto__`.
    attributes: Object.fromEntries(attributes.flatMap(textOf)),
  };
  const isError = statusOf(event) === 'ERR';
  return { source, event, identity: isError ? undefined : [source, requestId, component, way] };
}

function nameOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

function textOf([name, value]: readonly [string, unknown]): [string, string][] {
  if (value === undefined || value === null) return [];
  return [[name, typeof value === 'string' ? value : JSON.stringify(value)]];
}

function severityOf({ status, error, exception }: Record<string, unknown>): Severity {
  const text = String(status ?? '');
  if (CRITICAL.test(text)) return 'Critical';
  const isStatus = FAILED.test(text) || Number(text) >= FAILED_STATUS_MIN;
  if (isStatus || saysSomething(error) || saysSomething(exception)) return 'Error';
  return WARNED.test(text) ? 'Warning' : 'Info';
}

function saysSomething(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}

/** Nanoseconds since 1970 of ISO text, or of a number by its magnitude; undefined when it is no such time. */
function timeOf(value: unknown): bigint | undefined {
  const isDigits = typeof value === 'string' && DIGITS.test(value);
  const nanos = typeof value === 'number' || isDigits ? nanosOf(value) : isoNanosOf(value);
  return nanos !== undefined && nanos <= INT64_MAX && nanos >= -INT64_MAX ? nanos : undefined;
}

function nanosOf(value: number | string): bigint | undefined {
  const number = Number(value);
  if (!Number.isFinite(number)) return undefined;
  const { nanos } = UNITS.find(({ below }) => Math.abs(number) < below) as (typeof UNITS)[number];
  // Digits of a text that a double would round.
  if (typeof value === 'string' && /^\d+$/.test(value)) return BigInt(value) * BigInt(nanos);
  const whole = Math.trunc(number);
  return BigInt(whole) * BigInt(nanos) + BigInt(Math.round((number - whole) * nanos));
}

/** A time without a zone is one of UTC, whatever the zone of the machine. */
function isoNanosOf(value: unknown): bigint | undefined {
  const [text, , , zone] = (typeof value === 'string' && ISO.exec(value)) || [];
  if (text === undefined) return undefined;
  const [, fraction = ''] = /\.(\d{1,9})/.exec(text) ?? [];
  const plain = text.replace(/\.\d+/, '').replace(' ', 'T') + (zone === undefined ? 'Z' : '');
  const millis = Date.parse(plain);
  if (Number.isNaN(millis)) return undefined;
  return BigInt(millis) * NANOS_PER_MILLI + BigInt(fraction.padEnd(9, '0'));
}

/** Nanoseconds of milliseconds; undefined for what is none. 0 where nothing is said. */
function durationOf(value: unknown): bigint | undefined {
  if (value === undefined || value === null) return 0n;
  const number = typeof value === 'number' ? value : Number.NaN;
  return number >= 0 && number < 1e12 ? BigInt(Math.round(number * 1e6)) : undefined;
}
