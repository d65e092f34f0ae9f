import { expected, TraceError } from '../../errors.js';
import { SEVERITIES, severityRank } from '../../event/severity.js';
import type { EventStatus, StoreFilter, StoreQuery } from '../event-store.js';
import type { Connection } from './connection.js';
import { storable } from './event-row.js';
import { requestKey } from './schema.js';
import type { SqlValue } from './sqlite-driver.js';
import { textFrom, textTo } from './wall-text.js';

const LIMIT_MAX = 1000;
const LIMIT_DEFAULT = 50;
const TEXT_MAX = 200;

/**
 * Rows that a page, and a count, look at when no index knows the answer. In the order of time they lie
 * side by side: 0.5 µs each, measured with 1 M events. Those of one process lie each on another page:
 * 4 µs.
 */
export const EXAMINED_IN_TIME_MAX = 50_000;
export const EXAMINED_APART_MAX = 20_000;

const STATUSES: readonly EventStatus[] = ['OK', 'ERR'];
const TEXT_FILTERS = ['process', 'component', 'eventType', 'modelId', 'requestId', 'text'] as const;

/** A query whose values are what they must be. */
export interface CheckedQuery {
  readonly filter: StoreFilter;
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly count: boolean;
}

/** A condition and its values. */
interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** Rows in the order of pages, straight from one index, and what else must hold of them. */
export interface Stream {
  readonly with: string;
  readonly withValues: readonly SqlValue[];
  readonly from: string;
  readonly indexed: Condition;
  readonly residual: Condition;
  /** Rows to look at for what must hold besides. */
  readonly examinedMax: number;
}

/** Streams that have no row in common and together all that match. */
export interface Plan {
  readonly streams: readonly Stream[];
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkQuery(query: StoreQuery = {}): CheckedQuery {
  const { order = 'newest', limit = LIMIT_DEFAULT, cursor, count = true, ...filter } = query;
  for (const name of TEXT_FILTERS) requireIf(filter[name], name, 'a string', isString);
  requireIf(filter.text, 'text', `of 1 to ${TEXT_MAX} characters`, isSearchable);
  requireIf(cursor, 'cursor', 'a string', isString);
  requireIf(filter.status, 'status', 'OK or ERR', (value) => STATUSES.includes(value));
  const names = `one of ${SEVERITIES.join(', ')}`;
  requireIf(filter.minSeverity, 'minSeverity', names, (value) => severityRank(value) >= 0);
  requireIf(
    order,
    'order',
    'newest or oldest',
    (value) => value === 'newest' || value === 'oldest',
  );
  requireIf(
    limit,
    'limit',
    `an integer from 1 to ${LIMIT_MAX}`,
    (value) => Number.isInteger(value) && value >= 1 && value <= LIMIT_MAX,
  );
  checkRange(filter);
  return { filter, order, limit, cursor, count };
}

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function checkRange({ from, to }: StoreFilter): void {
  const isNanos = (value: unknown): boolean => typeof value === 'bigint';
  requireIf(from, 'from', 'a bigint of Unix nanoseconds', isNanos);
  requireIf(to, 'to', 'a bigint of Unix nanoseconds', isNanos);
  if (from !== undefined && to !== undefined && from > to) {
    throw new TraceError('ERR_TRACE_QUERY', `from must not be after to, ${to}; got ${from}`);
  }
}

const isString = (value: unknown): boolean => typeof value === 'string';
const isSearchable = (value: string): boolean => value.length > 0 && value.length <= TEXT_MAX;

function requireIf<T>(
  value: T | undefined,
  name: string,
  expectation: string,
  holds: (value: T) => boolean,
): void {
  if (value === undefined || holds(value)) return;
  throw expected('ERR_TRACE_QUERY', name, expectation, value);
}

/** Chooses the index; it gives rows in the order of pages, so that a page takes no sorting. */
export function planOf(connection: Connection, { filter }: CheckedQuery): Plan {
  const { process, requestId } = filter;
  const range = rangeOf(filter);
  const status = statusOf(filter);
  if (status === 'none') return { streams: [] };
  const plain = { with: '', withValues: [], examinedMax: EXAMINED_APART_MAX };
  if (requestId !== undefined && requestId !== '') {
    const blocks = requestBlocks(connection, requestId);
    if (blocks === undefined) return { streams: [] };
    const all = and([
      { sql: 'e.request_id = ?', values: [storable(requestId)] },
      ...range,
      ...statusConditions(status),
      ...processConditions(process),
      ...residualsOf(filter),
    ]);
    const indexed = { sql: all.sql, values: all.values };
    const from = 'block CROSS JOIN event e INDEXED BY event_request ON e.request_key = block.key';
    return { streams: [{ ...plain, ...blocks, from, indexed, residual: and([]) }] };
  }
  const residuals = residualsOf(filter);
  if (requestId === '') residuals.push({ sql: "e.request_id = ''", values: [] });
  if (process !== undefined) {
    const id = connection.number('SELECT id FROM process WHERE name = ?', [storable(process)]);
    if (id === undefined) return { streams: [] };
    const streams = (status === undefined ? STATUSES : [status]).map((value) => ({
      ...plain,
      from: 'event e INDEXED BY event_process',
      indexed: and([{ sql: 'e.process = ? AND e.status = ?', values: [id, value] }, ...range]),
      residual: and(residuals),
    }));
    return { streams };
  }
  if (status === 'ERR') {
    const indexed = and([{ sql: "e.status = 'ERR'", values: [] }, ...range]);
    const from = 'event e INDEXED BY event_error';
    return { streams: [{ ...plain, from, indexed, residual: and(residuals) }] };
  }
  const indexed = and([{ sql: 'true', values: [] }, ...range]);
  const residual = and([...statusConditions(status), ...residuals]);
  const from = 'event e INDEXED BY event_time';
  return { streams: [{ ...plain, from, indexed, residual, examinedMax: EXAMINED_IN_TIME_MAX }] };
}

/** The status that the filter leaves; `none` when its parts exclude each other. */
function statusOf({ status, minSeverity }: StoreFilter): EventStatus | 'none' | undefined {
  const isError = minSeverity !== undefined && severityRank(minSeverity) >= severityRank('Error');
  if (!isError) return status;
  return status === 'OK' ? 'none' : 'ERR';
}

/** Conditions of a span of time. */
export function rangeOf({ from, to }: Pick<StoreFilter, 'from' | 'to'>): Condition[] {
  const range: Condition[] = [];
  if (from !== undefined) range.push({ sql: 'e.ts >= ?', values: [textFrom(from)] });
  if (to !== undefined) range.push({ sql: 'e.ts <= ?', values: [textTo(to)] });
  return range;
}

function statusConditions(status: EventStatus | undefined): Condition[] {
  return status === undefined ? [] : [{ sql: 'e.status = ?', values: [status] }];
}

function processConditions(process: string | undefined): Condition[] {
  if (process === undefined) return [];
  const sql = 'e.process = (SELECT id FROM process WHERE name = ?)';
  return [{ sql, values: [storable(process)] }];
}

/** What no index knows. */
function residualsOf(filter: StoreFilter): Condition[] {
  const { component, eventType, modelId, minSeverity, text } = filter;
  const residuals: Condition[] = [];
  const equals = (column: string, value: string | undefined): void => {
    if (value !== undefined) residuals.push({ sql: `e.${column} = ?`, values: [storable(value)] });
  };
  equals('component', component);
  equals('event_type', eventType);
  equals('model_id', modelId);
  const rank = minSeverity === undefined ? 0 : severityRank(minSeverity);
  // Error is what the status says, Info is everything.
  if (rank > 0 && rank !== severityRank('Error')) {
    residuals.push({ sql: 'e.severity >= ?', values: [rank] });
  }
  if (text !== undefined) residuals.push(textCondition(text));
  return residuals;
}

/**
 * Attributes are searched as the JSON text they are stored as. Where a match there may be one of the
 * notation instead (an escape, a comma between members), it is looked for again in each member.
 */
function textCondition(text: string): Condition {
  const pattern = likePattern(text);
  const jsonPattern = likePattern(JSON.stringify(text).slice(1, -1));
  const isNotation = text === '{' || text === '}' || text === ':' || text === ',';
  const doubt = isNotation ? 'true' : "instr(e.attributes, '\\') > 0";
  const sql = `(e.rationale LIKE ? ESCAPE '~' OR (e.attributes LIKE ? ESCAPE '~' AND (NOT ${doubt}
    OR EXISTS (SELECT 1 FROM json_each(e.attributes) a
      WHERE a.key LIKE ? ESCAPE '~' OR a.value LIKE ? ESCAPE '~'))))`;
  return { sql, values: [pattern, jsonPattern, pattern, pattern] };
}

const likePattern = (text: string): string => `%${text.replaceAll(/[%_~]/g, '~$&')}%`;

/** The keys of a request in every block of events that there is. */
function requestBlocks(
  connection: Connection,
  requestId: string,
): { with: string; withValues: SqlValue[] } | undefined {
  const first = connection.number('SELECT min(id) FROM event');
  const last = connection.number('SELECT max(id) FROM event');
  if (first === undefined || last === undefined) return undefined;
  return {
    with: `WITH RECURSIVE block(key) AS
      (SELECT ? UNION ALL SELECT key + 4294967296 FROM block WHERE key < ?)`,
    withValues: [requestKey(first, requestId), requestKey(last, requestId)],
  };
}

function and(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}
