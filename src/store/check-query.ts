import { booleanOr, integerIn, numberIn, objectWith } from '../arguments.js';
import { expected } from '../errors.js';
import { checkFilter, checkOrder, FILTER_FIELDS } from '../event/event-filter.js';
import type { AppendOptions } from '../event/event-sink.js';
import type {
  EventPlace,
  FollowerLease,
  FollowOptions,
  PurgeOptions,
  RequestQuery,
  StoreFilter,
  StoreQuery,
  WallRange,
} from './event-store.js';

import { decodePosition, encodePosition, type StorePosition } from './position.js';

// How the arguments of an EventStore are checked, whatever keeps the events: what is misspelt or missing is
// refused, because it would match everything.

const LIMIT_MAX = 1000;
const LIMIT_DEFAULT = 50;
const CHAIN_LIMIT_DEFAULT = 10_000;
const BUCKETS_MAX = 1000;
const LEASE_MAX_MS = 3_600_000;

const RANGE_FIELDS = ['from', 'to'] as const;
const STORE_FILTER_FIELDS = [...RANGE_FIELDS, ...FILTER_FIELDS] as const;
const QUERY_FIELDS = [...STORE_FILTER_FIELDS, 'order', 'limit', 'cursor', 'count'] as const;

/** A query whose values are what they must be. */
export interface CheckedQuery {
  readonly filter: StoreFilter;
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly count: boolean;
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkQuery(query: StoreQuery = {}): CheckedQuery {
  objectWith(query, 'the query', QUERY_FIELDS, 'ERR_TRACE_QUERY');
  const { order = 'newest', limit, cursor, count = true, ...filter } = query;
  checkFilterValues(filter);
  requireIf(cursor, 'cursor', 'a string', isString);
  requireIf(count, 'count', 'a boolean', (value) => typeof value === 'boolean');
  requireIf(order, 'order', 'newest or oldest', (v) => v === 'newest' || v === 'oldest');
  return { filter, order, limit: checkLimit(limit, LIMIT_DEFAULT), cursor, count };
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
function checkStoreFilter(filter: StoreFilter = {}): StoreFilter {
  objectWith(filter, 'the filter', STORE_FILTER_FIELDS, 'ERR_TRACE_QUERY');
  checkFilterValues(filter);
  return filter;
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkRequests(query: RequestQuery = {}): CheckedQuery {
  const fields = STORE_FILTER_FIELDS.filter((name) => name !== 'requestId');
  objectWith(query, 'the query', [...fields, 'limit', 'cursor'], 'ERR_TRACE_QUERY');
  return checkQuery({ ...query, count: false });
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkFollow(
  position: StorePosition | undefined,
  options: FollowOptions = {},
): { filter: StoreFilter; limit: number } {
  if (position !== undefined) {
    objectWith(position, 'position', ['database', 'number'], 'ERR_TRACE_QUERY');
    decodePosition(encodePosition(position));
  }
  objectWith(options, 'options', ['limit', 'filter'], 'ERR_TRACE_QUERY');
  return { filter: checkStoreFilter(options.filter), limit: checkLimit(options.limit, LIMIT_MAX) };
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkPlace(place: EventPlace): EventPlace {
  const { run, lane, sequence } = place;
  requireName(run, 'run');
  const most = Number.MAX_SAFE_INTEGER;
  integerIn(lane, 'lane', { min: 0, max: most }, 'ERR_TRACE_QUERY');
  integerIn(sequence, 'sequence', { min: 0, max: most }, 'ERR_TRACE_QUERY');
  return { run, lane, sequence };
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkLease(follower: FollowerLease): FollowerLease {
  const names = ['name', 'holder', 'forMs', 'position'];
  const { name, holder, forMs, position } = objectWith(
    follower,
    'the follower',
    names,
    'ERR_TRACE_QUERY',
  ) as FollowerLease;
  requireName(name, 'name');
  requireName(holder, 'holder');
  integerIn(forMs, 'forMs', { min: 0, max: LEASE_MAX_MS }, 'ERR_TRACE_QUERY');
  checkFollow(position);
  return follower;
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkBuckets(buckets: unknown): number {
  return integerIn(buckets, 'buckets', { min: 2, max: BUCKETS_MAX }, 'ERR_TRACE_QUERY');
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
function checkLimit(limit: unknown, fallback: number, max = LIMIT_MAX): number {
  return integerIn(limit, 'limit', { min: 1, max, fallback }, 'ERR_TRACE_QUERY');
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkRange(range: WallRange = {}): WallRange {
  objectWith(range, 'the range', RANGE_FIELDS, 'ERR_TRACE_QUERY');
  checkRangeValues(range);
  return range;
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkChain(
  requestId: unknown,
  options: { limit?: number | undefined } = {},
): { requestId: string; limit: number } {
  objectWith(options, 'options', ['limit'], 'ERR_TRACE_QUERY');
  const limit = checkLimit(options.limit, CHAIN_LIMIT_DEFAULT, Number.MAX_SAFE_INTEGER);
  return { requestId: requireName(requestId, 'requestId'), limit };
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function requireName(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw expected('ERR_TRACE_QUERY', name, 'a non-empty string', value);
}

/** @throws TraceError `ERR_TRACE_OPTION`. */
export function checkPurge(options: PurgeOptions): PurgeOptions {
  objectWith(options, 'options', ['budgetMs']);
  const most = Number.POSITIVE_INFINITY;
  numberIn(options.budgetMs, 'budgetMs', { min: 0, max: most, fallback: most });
  return options;
}

function checkFilterValues(filter: StoreFilter): void {
  checkFilter(filter);
  checkRangeValues(filter);
}

function checkRangeValues({ from, to }: WallRange): void {
  const isNanos = (value: unknown): boolean => typeof value === 'bigint';
  requireIf(from, 'from', 'a bigint of Unix nanoseconds', isNanos);
  requireIf(to, 'to', 'a bigint of Unix nanoseconds', isNanos);
  checkOrder(from, 'from', to, 'to');
}

const isString = (value: unknown): boolean => typeof value === 'string';

function requireIf<T>(
  value: T | undefined,
  name: string,
  expectation: string,
  holds: (value: T) => boolean,
): void {
  if (value === undefined || holds(value)) return;
  throw expected('ERR_TRACE_QUERY', name, expectation, value);
}

/** @throws TraceError `ERR_TRACE_OPTION`. */
export function checkAppend(options: AppendOptions): AppendOptions {
  objectWith(options, 'options', ['durable', 'account', 'isRepeated', 'deadlineNs']);
  booleanOr(options.durable, 'durable', false);
  booleanOr(options.isRepeated, 'isRepeated', false);
  return options;
}
