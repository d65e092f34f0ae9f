import { checkMinSeverity, type EventFilter, namesOf } from '../../event/event-filter.js';
import { type EventStatus, STATUSES } from '../../event/event-status.js';
import { severityRank } from '../../event/severity.js';
import type { CheckedQuery } from '../check-query.js';
import type { Connection } from './connection.js';
import { storable } from './event-row.js';
import {
  and,
  type Condition,
  namesCondition,
  rangeOf,
  residualsOf,
  statusConditions,
} from './filter-sql.js';
import { requestKey } from './schema.js';
import type { SqlValue } from './sqlite-driver.js';

/**
 * Rows that a page, and a count, look at when no index knows the answer. In the order of time they lie
 * side by side: 0.5 µs each, measured with 1 M events. Those of one process lie each on another page:
 * 4 µs.
 */
export const EXAMINED_IN_TIME_MAX = 50_000;
export const EXAMINED_APART_MAX = 20_000;

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

/** Processes that are each looked for by the index: of more, rows are looked at in the order of time. */
const PROCESS_STREAMS_MAX = 8;

/** Streams that have no row in common and together all that match. */
export interface Plan {
  readonly streams: readonly Stream[];
}

/** Chooses the index; it gives rows in the order of pages, so that a page takes no sorting. */
export function planOf(connection: Connection, { filter }: Pick<CheckedQuery, 'filter'>): Plan {
  const { process, requestId } = filter;
  const range = rangeOf(filter);
  const status = statusLeft(filter);
  if (status === 'none') return { streams: [] };
  const plain = { with: '', withValues: [], examinedMax: EXAMINED_APART_MAX };
  if (requestId !== undefined && requestId !== '') {
    const blocks = requestBlocks(connection, requestId);
    if (blocks === undefined) return { streams: [] };
    const all = and([
      { sql: 'e.request_id = ?', values: [storable(requestId)] },
      ...range,
      ...statusConditions(status),
      ...residualsOf(filter),
    ]);
    const indexed = { sql: all.sql, values: all.values };
    const from = 'block CROSS JOIN event e INDEXED BY event_request ON e.request_key = block.key';
    return { streams: [{ ...plain, ...blocks, from, indexed, residual: and([]) }] };
  }
  const ofNone = requestId === '' ? [{ sql: "e.request_id = ''", values: [] }] : [];
  const processes = namesOf(process) && processesOf(connection, filter);
  if (processes?.length === 0) return { streams: [] };
  if (processes !== undefined && processes.length <= PROCESS_STREAMS_MAX) {
    const residual = and([...residualsOf({ ...filter, process: undefined }), ...ofNone]);
    const streams = processes.flatMap((id) =>
      (status === undefined ? STATUSES : [status]).map((value) => ({
        ...plain,
        from: 'event e INDEXED BY event_process',
        indexed: and([{ sql: 'e.process = ? AND e.status = ?', values: [id, value] }, ...range]),
        residual,
      })),
    );
    return { streams };
  }
  const residuals = [...residualsOf(filter), ...ofNone];
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
function statusLeft({ status, minSeverity }: EventFilter): EventStatus | 'none' | undefined {
  const isError = (checkMinSeverity(minSeverity) ?? 0) >= severityRank('Error');
  if (!isError) return status;
  return status === 'OK' ? 'none' : 'ERR';
}

/** The ids of the processes that a filter names, up to one more than are looked for by the index. */
function processesOf(connection: Connection, { process }: EventFilter): number[] {
  const { sql, values } = namesCondition('p.name', process);
  return connection
    .all(`SELECT p.id FROM process p WHERE ${sql} LIMIT ?`, [...values, PROCESS_STREAMS_MAX + 1])
    .map(({ id }) => Number(id));
}

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
