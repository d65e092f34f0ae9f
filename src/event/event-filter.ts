import { objectWith } from '../arguments.js';
import { expected, TraceError } from '../errors.js';
import { type EventStatus, STATUSES } from './event-status.js';
import { SEVERITY_EXPECTED, type Severity, severityRankOf } from './severity.js';
import { NANOS_EXPECTED, type Nanoseconds, toNanos } from './time.js';

/** All names that begin like this. */
export interface NamePrefix {
  readonly prefix: string;
}

/** One name, all names with a prefix, or any of a list of both. */
export type NameMatch = string | NamePrefix | readonly (string | NamePrefix)[];

/** What an event must be, but for its time. What is left out matches everything; the rest must all match. */
export interface EventConditions {
  /** The attribute `process` (`module.function`, as monitor() writes it), else the component. */
  readonly process?: NameMatch | undefined;
  readonly component?: NameMatch | undefined;
  readonly eventType?: NameMatch | undefined;
  readonly modelId?: NameMatch | undefined;
  readonly requestId?: string | undefined;
  readonly status?: EventStatus | undefined;
  /** This one or a higher one, in any case: `error` is `Error`. */
  readonly minSeverity?: Severity | Lowercase<Severity> | undefined;
  /** Inclusive, nanoseconds. */
  readonly minDurationNs?: Nanoseconds | undefined;
  /** Inclusive, nanoseconds. */
  readonly maxDurationNs?: Nanoseconds | undefined;
  /** In the rationale, an attribute's key or value; ASCII letters in either case. Each of several, of 1 to 200 characters. */
  readonly text?: string | readonly string[] | undefined;
}

/**
 * Which events: the one filter of exports, stores, the query line and the hub. A span of time comes beside it,
 * on the clock of the place that is asked: {@link SteadyRange}, or a store's wall time.
 */
export interface EventFilter extends EventConditions {
  /** None of these may match. */
  readonly not?: readonly EventConditions[] | undefined;
}

/** A span of the steady clock, on the events' own timestamps: nanoseconds, both ends inclusive. */
export interface SteadyRange {
  readonly start?: Nanoseconds | undefined;
  readonly end?: Nanoseconds | undefined;
}

const NAME_FIELDS = ['process', 'component', 'eventType', 'modelId'] as const;
const CONDITION_FIELDS = [
  ...NAME_FIELDS,
  'requestId',
  'status',
  'minSeverity',
  'minDurationNs',
  'maxDurationNs',
  'text',
] as const;
/** What an {@link EventFilter} may have. */
export const FILTER_FIELDS = [...CONDITION_FIELDS, 'not'] as const;

const TEXT_MAX = 200;
/** Texts, names of a field, and conditions of `not`: each is looked at for every event. */
const LIST_MAX = 100;

/** @throws TraceError `ERR_TRACE_QUERY` for a value that its field cannot have; other fields are not looked at. */
export function checkFilter({ not, ...conditions }: EventFilter): void {
  checkConditions(conditions);
  if (not === undefined) return;
  if (!Array.isArray(not) || not.length > LIST_MAX) {
    throw expected('ERR_TRACE_QUERY', 'not', `a list of at most ${LIST_MAX} conditions`, not);
  }
  for (const excluded of not) {
    objectWith(excluded, 'a condition of not', CONDITION_FIELDS, 'ERR_TRACE_QUERY');
    if (CONDITION_FIELDS.every((field) => excluded[field] === undefined)) {
      throw new TraceError('ERR_TRACE_QUERY', 'a condition of not must have a field');
    }
    checkConditions(excluded);
  }
}

/** @throws TraceError `ERR_TRACE_QUERY` also for a start after the end. */
export function checkSteadyRange({ start, end }: SteadyRange): {
  start: bigint | undefined;
  end: bigint | undefined;
} {
  const range = { start: checkNanos(start, 'start'), end: checkNanos(end, 'end') };
  checkOrder(range.start, 'start', range.end, 'end');
  return range;
}

/** @throws TraceError `ERR_TRACE_QUERY` when the first is after the second. */
export function checkOrder(
  first: bigint | undefined,
  firstName: string,
  last: bigint | undefined,
  lastName: string,
): void {
  if (first === undefined || last === undefined || first <= last) return;
  throw new TraceError(
    'ERR_TRACE_QUERY',
    `${firstName} must not be after ${lastName}; got ${first} and ${last}`,
  );
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkString(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw expected('ERR_TRACE_QUERY', name, 'a string', value);
}

/** The rank of the least severity. @throws TraceError `ERR_TRACE_QUERY`. */
export function checkMinSeverity(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const rank = severityRankOf(value);
  if (rank >= 0) return rank;
  throw expected('ERR_TRACE_QUERY', 'minSeverity', SEVERITY_EXPECTED, value);
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkNanos(value: unknown, name: string): bigint | undefined {
  if (value === undefined) return undefined;
  const nanos = toNanos(value);
  if (nanos !== undefined) return nanos;
  throw expected('ERR_TRACE_QUERY', name, NANOS_EXPECTED, value);
}

function checkConditions(conditions: EventConditions): void {
  for (const field of NAME_FIELDS) checkNames(conditions[field], field);
  checkString(conditions.requestId, 'requestId');
  const { status } = conditions;
  if (status !== undefined && !STATUSES.includes(status)) {
    throw expected('ERR_TRACE_QUERY', 'status', 'OK or ERR', status);
  }
  checkMinSeverity(conditions.minSeverity);
  const min = checkNanos(conditions.minDurationNs, 'minDurationNs');
  const max = checkNanos(conditions.maxDurationNs, 'maxDurationNs');
  if (min !== undefined && max !== undefined && min > max) {
    const message = `minDurationNs must not be above maxDurationNs; got ${min} and ${max}`;
    throw new TraceError('ERR_TRACE_QUERY', message);
  }
  for (const text of listOf<unknown>(conditions.text, 'text')) {
    if (typeof text === 'string' && text.length > 0 && text.length <= TEXT_MAX) continue;
    throw expected('ERR_TRACE_QUERY', 'text', `of 1 to ${TEXT_MAX} characters`, text);
  }
}

function checkNames(value: unknown, field: string): void {
  for (const name of listOf<unknown>(value, field)) {
    if (typeof name === 'string') continue;
    const what = 'a string, { prefix } or a list of these';
    if (typeof name !== 'object' || name === null || Array.isArray(name)) {
      throw expected('ERR_TRACE_QUERY', field, what, name);
    }
    objectWith(name, field, ['prefix'], 'ERR_TRACE_QUERY');
    const { prefix } = name as { prefix?: unknown };
    if (typeof prefix !== 'string' || prefix === '') {
      throw expected('ERR_TRACE_QUERY', `prefix of ${field}`, 'a non-empty string', prefix);
    }
  }
}

/** @throws TraceError `ERR_TRACE_QUERY` for a list of nothing, which would match nothing, and one that is too long. */
function listOf<T>(value: T | readonly T[] | undefined, field: string): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [value as T];
  if (value.length > 0 && value.length <= LIST_MAX) return value;
  throw expected('ERR_TRACE_QUERY', `the list of ${field}`, `of 1 to ${LIST_MAX}`, value.length);
}

/** The names of a checked condition; undefined when all match. */
export function namesOf(
  match: NameMatch | undefined,
): readonly (string | NamePrefix)[] | undefined {
  if (match === undefined) return undefined;
  return Array.isArray(match) ? match : [match as string | NamePrefix];
}

/** The texts of a checked condition. */
export function textsOf(text: EventConditions['text']): readonly string[] {
  if (text === undefined) return [];
  return typeof text === 'string' ? [text] : text;
}
