import { objectWith } from '../arguments.js';
import { expected } from '../errors.js';
import {
  checkMinSeverity,
  checkSteadyRange,
  checkString,
  type SteadyRange,
} from '../event/event-filter.js';
import type { Severity } from '../event/severity.js';
import type { NativeQuery } from './binding.js';

/** Which events to return. Every field that is given must match; `{}` matches everything. */
export interface TraceQuery extends SteadyRange {
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
  const { start, end } = checkSteadyRange(fields);
  return [
    start,
    end,
    checkString(fields.eventType, 'eventType'),
    checkString(fields.modelId, 'modelId'),
    checkString(fields.component, 'component'),
    checkString(fields.requestId, 'requestId'),
    checkMinSeverity(fields.minSeverity),
    optionalLimit(fields.limit),
  ];
}
