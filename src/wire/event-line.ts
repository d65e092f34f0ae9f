import { show, TraceError } from '../errors.js';
import {
  EVENT_JSON_FIELDS,
  formatEventJson,
  parseEventJson,
  parseJsonObject,
} from '../event/json-event.js';
import { exactInteger, scanJson } from '../event/json-scan.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { TraceEvent } from '../event/trace-event.js';
import { isUuid } from '../event/uuid.js';

/** What a line has besides the fields of an event, in the order in which they are written. */
export const LINE_FIELDS = ['run', 'pid', 'lane', 'sequence', 'wall_ns'] as const;

/** What each line that formatEventLine() writes begins with. */
export const LINE_PREFIX = '{"run":"';

const INT64_MAX = 2n ** 63n - 1n;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** Where an event of a line was recorded, and when by the wall clock. */
export interface LineOrigin {
  /** The run that recorded it: a UUID. */
  readonly run: string;
  /** Of the recording process; undefined in lines of the first release. */
  readonly pid: number | undefined;
  readonly lane: number;
  readonly sequence: number;
  /** Nanoseconds since the Unix epoch. */
  readonly wallNs: bigint;
}

/** An event of a line; without its origin where somebody has kept the fields of the event only. */
export interface EventLine {
  readonly event: TraceEvent;
  readonly origin: LineOrigin | undefined;
}

/** Writes an event with its origin as one line of JSON, without the line's end; integers are exact. */
export function formatEventLine(
  { run, pid }: { readonly run: string; readonly pid?: number | undefined },
  { lane, sequence, event }: RecordedEvent,
  wallNs: bigint,
): string {
  const origin =
    `${LINE_PREFIX}${JSON.stringify(run).slice(1)}${pid === undefined ? '' : `,"pid":${pid}`},"lane":${lane},"sequence":${sequence}` +
    `,"wall_ns":${wallNs},`;
  return origin + formatEventJson(event).slice(1);
}

/**
 * Reads one line. Strict: the ten fields of an event, and either all of where it comes from or nothing of
 * it; integers are taken from their digits, so int64 is exact.
 *
 * @throws TraceError `ERR_TRACE_FORMAT` naming the field, what was expected and what came.
 */
export function parseEventLine(text: string): EventLine {
  const line = parseJsonObject(text, 'a line');
  if (!LINE_FIELDS.some((field) => Object.hasOwn(line, field))) {
    return { event: parseEventJson(text), origin: undefined };
  }
  const { numbers, members } = scanJson(text);
  const integer = (field: string, min: bigint, max: bigint, what: string): bigint => {
    const token = numbers.get(`/${field}`);
    const found = exactInteger(token, min, max);
    if (found !== undefined) return found;
    throw problem(`${field} must be ${what}`, token ?? line[field]);
  };
  const counter = (field: string): number =>
    Number(integer(field, 0n, SAFE_MAX, 'an integer from 0 to 2^53 - 1'));
  if (typeof line.run !== 'string' || !isUuid(line.run)) {
    throw problem('run must be a UUID', line.run);
  }
  const origin = {
    run: line.run,
    pid: line.pid === undefined ? undefined : counter('pid'),
    lane: counter('lane'),
    sequence: counter('sequence'),
    wallNs: integer('wall_ns', -INT64_MAX - 1n, INT64_MAX, 'an integer of 64 bits'),
  };
  const unknown = Object.keys(line).find((name) => !isKnown(name));
  if (unknown !== undefined) throw problem('a line has the known fields only', unknown);
  const attributes = Object.keys((line.attributes ?? {}) as object).length;
  if (members !== Object.keys(line).length + attributes) {
    throw problem('each name must occur once in a line and in its attributes', 'one twice');
  }
  return { event: parseEventJson(eventTextOf(line, numbers)), origin };
}

/** The event of a line alone, its integers as they were written. */
function eventTextOf(line: Record<string, unknown>, numbers: ReadonlyMap<string, string>): string {
  const members = EVENT_JSON_FIELDS.filter((field) => Object.hasOwn(line, field)).map((field) => {
    const value = line[field];
    const text = typeof value === 'number' ? numbers.get(`/${field}`) : JSON.stringify(value);
    return `${JSON.stringify(field)}:${text}`;
  });
  return `{${members.join(',')}}`;
}

function isKnown(name: string): boolean {
  return [...LINE_FIELDS, ...EVENT_JSON_FIELDS].some((field) => field === name);
}

function problem(expectation: string, got: unknown): TraceError {
  return new TraceError('ERR_TRACE_FORMAT', `${expectation}; got ${show(got)}`);
}
