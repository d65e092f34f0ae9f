import { setImmediate as nextTurn } from 'node:timers/promises';
import { SEQUENCES_MAX } from '../check-event.js';
import type { CheckedQuery } from '../check-query.js';
import {
  COUNT_EXACT_MAX,
  type EventPage,
  type EventPlace,
  type MatchCount,
  type StoredEvent,
} from '../event-store.js';
import { readQueryCursor, writeQueryCursor } from '../query-cursor.js';
import type { Connection } from './connection.js';
import { JOINED, readRow, readValues, SELECTED } from './event-row.js';
import { type Plan, planOf, type Stream } from './query-plan.js';
import type { SqlValue } from './sqlite-driver.js';

/** Rows looked at in one go: a few milliseconds, then others have their turn. */
const STEP_ROWS = 5_000;

/** A place in the order of pages. */
export interface Key {
  readonly ts: string;
  readonly id: number;
}

export interface Found {
  readonly key: Key;
  readonly event: StoredEvent;
}

/** Finds a page and counts what there is. */
export async function findEvents(connection: Connection, query: CheckedQuery): Promise<EventPage> {
  const plan = planOf(connection, query);
  const after = query.cursor === undefined ? undefined : readCursor(query, query.cursor);
  const { found, next } = await findPage(connection, plan, query, after);
  let total: MatchCount | undefined;
  if (query.count) {
    // A first page that is not full has counted already.
    const isCounted = after === undefined && found.length < query.limit;
    total = isCounted
      ? { count: found.length, isExact: next === undefined }
      : await countMatches(connection, plan);
  }
  return {
    events: found.map(({ event }) => event),
    total,
    next: next && writeCursor(query, next),
  };
}

export function findEvent(
  connection: Connection,
  { run, lane, sequence }: EventPlace,
): StoredEvent | undefined {
  const [row] = connection.all(
    `SELECT ${SELECTED} FROM event e ${JOINED} WHERE r.run = ? AND e.place = ?`,
    [run, lane * SEQUENCES_MAX + sequence],
  );
  return row && readRow(row);
}

/** The events of a request in time order. */
export function findChain(connection: Connection, requestId: string, limit: number): StoredEvent[] {
  const { streams } = planOf(connection, { filter: { requestId } });
  return streams.flatMap((stream) =>
    connection
      .rows(
        `${stream.with} SELECT ${SELECTED} FROM ${stream.from} ${JOINED}
         WHERE ${stream.indexed.sql} ORDER BY e.ts, e.timestamp_ns, e.run, e.place LIMIT ?`,
        [...stream.withValues, ...stream.indexed.values, limit],
      )
      .map(readValues),
  );
}

/** Events in the order of pages, after a key. `next` is where to go on; undefined at the end. */
export async function findPage(
  connection: Connection,
  plan: Plan,
  { limit, order }: Pick<CheckedQuery, 'limit' | 'order'>,
  after: Key | undefined,
): Promise<{ found: Found[]; next: Key | undefined }> {
  const isBefore = (a: Key, b: Key): boolean =>
    order === 'oldest' ? isEarlier(a, b) : isEarlier(b, a);
  let found: Found[] = [];
  let end: Key | undefined;
  for (const stream of plan.streams) {
    const budget = Math.ceil(stream.examinedMax / plan.streams.length);
    const part = await findInStream(connection, stream, order, after, limit + 1, budget);
    found.push(...part.found);
    if (part.end !== undefined && (end === undefined || isBefore(part.end, end))) end = part.end;
  }
  found.sort((a, b) => (isBefore(a.key, b.key) ? -1 : 1));
  // Behind the end of a stream that was not looked through, others may come first.
  if (end !== undefined) found = found.filter(({ key }) => !isBefore(end as Key, key));
  if (found.length > limit) {
    found.length = limit;
    return { found, next: found.at(-1)?.key };
  }
  return { found, next: end };
}

/** Up to `want` matches; `end` is where it stopped looking, undefined when it had enough or saw all. */
async function findInStream(
  connection: Connection,
  stream: Stream,
  order: CheckedQuery['order'],
  after: Key | undefined,
  want: number,
  budget: number,
): Promise<{ found: Found[]; end: Key | undefined }> {
  const found: Found[] = [];
  let from = after;
  for (let examined = 0; ; examined += STEP_ROWS) {
    if (stream.residual.sql !== '' && examined >= budget) return { found, end: from };
    const step = stream.residual.sql === '' ? undefined : STEP_ROWS;
    const to = step && stepEnd(connection, stream, order, from, step);
    const where = conditions(stream, order, from, to || undefined, true);
    const direction = order === 'oldest' ? 'ASC' : 'DESC';
    const rows = connection.all(
      `${stream.with} SELECT ${SELECTED} FROM ${stream.from} ${JOINED} WHERE ${where.sql}
       ORDER BY e.ts ${direction}, e.id ${direction} LIMIT ?`,
      [...stream.withValues, ...where.values, want - found.length],
    );
    for (const row of rows) {
      found.push({ key: { ts: row.ts as string, id: Number(row.id) }, event: readRow(row) });
    }
    if (!to || found.length >= want) return { found, end: undefined };
    from = to;
    await nextTurn();
  }
}

/** Up to {@link COUNT_EXACT_MAX}, by looking at no more rows than a stream allows. */
async function countMatches(connection: Connection, { streams }: Plan): Promise<MatchCount> {
  let count = 0;
  let isWhole = true;
  for (const stream of streams) {
    const budget = Math.ceil(stream.examinedMax / streams.length);
    let from: Key | undefined;
    for (let examined = 0; count <= COUNT_EXACT_MAX; examined += STEP_ROWS) {
      const hasResidual = stream.residual.sql !== '';
      if (hasResidual && examined >= budget) {
        isWhole = false;
        break;
      }
      const to = hasResidual ? stepEnd(connection, stream, 'newest', from, STEP_ROWS) : undefined;
      const where = conditions(stream, 'newest', from, to, true);
      count += connection.number(
        `${stream.with} SELECT count(*) FROM
         (SELECT 1 FROM ${stream.from} WHERE ${where.sql} LIMIT ?)`,
        [...stream.withValues, ...where.values, COUNT_EXACT_MAX + 1 - count],
      ) as number;
      if (to === undefined) break;
      from = to;
      await nextTurn();
    }
  }
  return count > COUNT_EXACT_MAX
    ? { count: COUNT_EXACT_MAX, isExact: false }
    : { count, isExact: isWhole };
}

/** The last row of a step that begins after `from`; undefined when fewer rows are left. */
function stepEnd(
  connection: Connection,
  stream: Stream,
  order: CheckedQuery['order'],
  from: Key | undefined,
  rows: number,
): Key | undefined {
  const where = conditions(stream, order, from, undefined, false);
  const direction = order === 'oldest' ? 'ASC' : 'DESC';
  const [row] = connection.all(
    `SELECT e.ts, e.id FROM ${stream.from} WHERE ${where.sql}
     ORDER BY e.ts ${direction}, e.id ${direction} LIMIT 1 OFFSET ?`,
    [...where.values, rows - 1],
  );
  return row && { ts: row.ts as string, id: Number(row.id) };
}

function conditions(
  stream: Stream,
  order: CheckedQuery['order'],
  after: Key | undefined,
  to: Key | undefined,
  withResidual: boolean,
): { sql: string; values: SqlValue[] } {
  const parts = [stream.indexed.sql];
  const values = [...stream.indexed.values];
  const [past, notPast] = order === 'oldest' ? ['>', '<='] : ['<', '>='];
  if (after !== undefined) {
    parts.push(`e.ts ${past}= ? AND (e.ts, e.id) ${past} (?, ?)`);
    values.push(after.ts, after.ts, after.id);
  }
  if (to !== undefined) {
    parts.push(`e.ts ${notPast} ? AND (e.ts, e.id) ${notPast} (?, ?)`);
    values.push(to.ts, to.ts, to.id);
  }
  if (withResidual && stream.residual.sql !== '') {
    parts.push(stream.residual.sql);
    values.push(...stream.residual.values);
  }
  return { sql: parts.join(' AND '), values };
}

export const isEarlier = (a: Key, b: Key): boolean => a.ts < b.ts || (a.ts === b.ts && a.id < b.id);

export const writeCursor = (query: CheckedQuery, { ts, id }: Key): string =>
  writeQueryCursor(query, [ts, String(id)]);

/** @throws TraceError `ERR_TRACE_QUERY`. */
export function readCursor(query: CheckedQuery, cursor: string): Key {
  const [ts, id] = readQueryCursor(query, cursor, [/^[-+\d: .]+$/, /^\d{1,16}$/]);
  return { ts: ts as string, id: Number(id) };
}
