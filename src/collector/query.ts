import { objectWith } from '../arguments.js';
import { expected, TraceError } from '../errors.js';
import { SEVERITY_EXPECTED, type Severity, severityRankOf } from '../event/severity.js';
import { NANOS_EXPECTED, type Nanoseconds, toNanos } from '../event/time.js';
import type { NativeQuery } from './binding.js';

/** Which events to return. Every field that is given must match; `{}` matches everything. */
export interface TraceQuery {
  /** Inclusive, on the event's own timestamp. */
  start?: Nanoseconds | undefined;
  /** Inclusive, on the event's own timestamp. */
  end?: Nanoseconds | undefined;
  eventType?: string | undefined;
  modelId?: string | undefined;
  component?: string | undefined;
  requestId?: string | undefined;
  /** This one or a higher one, in any case: `error` is `Error`. */
  minSeverity?: Severity | Lowercase<Severity> | undefined;
  /** The first so many in time order; 0 gives none. Default: all. */
  limit?: number | undefined;
}

const FIELD_NAMES = [
  'start',
  'end',
  'eventType',
  'modelId',
  'component',
  'requestId',
  'minSeverity',
  'limit',
];

function optionalNanos(value: unknown, name: string): bigint | undefined {
  if (value === undefined) return undefined;
  const nanos = toNanos(value);
  if (nanos === undefined) {
    throw expected('ERR_TRACE_QUERY', name, NANOS_EXPECTED, value);
  }
  return nanos;
}

function optionalString(value: unknown, name: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw expected('ERR_TRACE_QUERY', name, 'a string', value);
}

function optionalSeverity(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const rank = severityRankOf(value);
  if (rank >= 0) return rank;
  throw expected('ERR_TRACE_QUERY', 'minSeverity', SEVERITY_EXPECTED, value);
}

function optionalLimit(value: unknown): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) {
    return value as number | undefined;
  }
  throw expected('ERR_TRACE_QUERY', 'limit', 'an integer of 0 or more', value);
}

/**
 * Checks a query and takes it apart for native code.
 *
 * @throws TraceError `ERR_TRACE_QUERY` for a field that is unknown or not of its type, and when
 * `start` is after `end`.
 */
export function checkQuery(query: unknown): NativeQuery {
  const fields: Record<string, unknown> = {
    ...objectWith(query, 'the query', FIELD_NAMES, 'ERR_TRACE_QUERY'),
  };
  const start = optionalNanos(fields.start, 'start');
  const end = optionalNanos(fields.end, 'end');
  if (start !== undefined && end !== undefined && start > end) {
    throw new TraceError('ERR_TRACE_QUERY', `start must not be after end; got ${start} and ${end}`);
  }
  return [
    start,
    end,
    optionalString(fields.eventType, 'eventType'),
    optionalString(fields.modelId, 'modelId'),
    optionalString(fields.component, 'component'),
    optionalString(fields.requestId, 'requestId'),
    optionalSeverity(fields.minSeverity),
    optionalLimit(fields.limit),
  ];
}
