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
import { type EventRow, readRow, SELECTED } from './event-row.js';
import { and, conditionsOf } from './filter-sql.js';
import { quoted } from './literals.js';
import { withRepeats } from './repeats.js';

/** A server before 20 reads all that matches for one page: the newest minute is looked at first, then eight times as much. */
export const FIRST_WINDOW_US = 60_000_000;
export const WINDOW_FACTOR = 8;
const PLACE = '(wall_us, run, lane, sequence)';

/** When there are events, microseconds; undefined without any. */
export interface Bounds {
  readonly first: number;
  readonly last: number;
}

/** What every question needs. */
export interface Asked {
  readonly connection: Connection;
  /** What is not purged. */
  readonly visible: string;
  /** Reads two columns whole when it is not known from the last second. */
  readonly boundsOf: () => Promise<Bounds | undefined>;
}

export async function findEvents(asked: Asked, query: CheckedQuery): Promise<EventPage> {
  const { limit, order, cursor } = query;
  const conditions = conditionsOf(query.filter);
  const isNewest = order === 'newest';
  const after = cursor === undefined ? undefined : readPlace(query, cursor);
  const within = [...conditions];
  if (after !== undefined) {
    const [wall, run, lane, sequence] = after;
    const side = isNewest ? '<' : '>';
    within.push(`wall_us ${side}= ${wall}`);
    within.push(`${PLACE} ${side} (${wall}, ${quoted(run)}, ${lane}, ${sequence})`);
  }
  const rows: EventRow[] = [];
  const counting = query.count && after === undefined ? countOf(asked, conditions) : undefined;
  // What fails is said by whoever waits for it.
  counting?.catch(() => undefined);
  const { from, to } = query.filter;
  const isSpan = from !== undefined && to !== undefined;
  const bounds = isSpan ? undefined : await asked.boundsOf();
  for (const window of windowsOf(bounds, query, after?.[0])) {
    const found = await asked.connection.rows<EventRow>(
      'find events',
      `SELECT ${SELECTED} FROM event WHERE ${and([asked.visible, ...within, ...window])}
       ORDER BY ${orderBy(isNewest)} LIMIT ${limit + 1 - rows.length}`,
    );
    rows.push(...found);
    if (rows.length > limit) break;
  }
  const page = rows.slice(0, limit).map(readRow);
  const events = await withRepeats(asked.connection, asked.visible, page);
  return {
    events,
    total: query.count ? await (counting ?? countOf(asked, conditions)) : undefined,
    next: rows.length > limit ? writePlace(query, events.at(-1) as StoredEvent) : undefined,
  };
}

const orderBy = (isNewest: boolean): string =>
  ['wall_us', 'run', 'lane', 'sequence'].map((name) => name + (isNewest ? ' DESC' : '')).join(', ');

/** Conditions of one window after the other, from where a page begins to the end of all events. */
function* windowsOf(
  bounds: Bounds | undefined,
  { order, filter }: CheckedQuery,
  after: string | undefined,
): Generator<string[]> {
  const isNewest = order === 'newest';
  const microsOf = (nanos: bigint | undefined): number | undefined =>
    nanos === undefined ? undefined : Number(nanos / 1_000n);
  const [from, to] = [microsOf(filter.from), microsOf(filter.to)];
  const first = Math.max(
    from ?? Number.NEGATIVE_INFINITY,
    bounds?.first ?? Number.NEGATIVE_INFINITY,
  );
  const last = Math.min(to ?? Number.POSITIVE_INFINITY, bounds?.last ?? Number.POSITIVE_INFINITY);
  // There is nothing, as far as is known.
  if (!Number.isFinite(first) || !Number.isFinite(last)) return yield [];
  const [near, limit] = isNewest ? [last, first] : [first, last];
  const given = after === undefined ? near : Number(after);
  const start = isNewest ? Math.min(near, given) : Math.max(near, given);
  let before: number | undefined;
  for (let width = FIRST_WINDOW_US; ; width *= WINDOW_FACTOR) {
    const edge = isNewest ? start - width : start + width;
    const isLast = isNewest ? edge <= limit : edge >= limit;
    // The ends are open: what comes meanwhile, or came late, is in them.
    const window: string[] = [];
    if (before !== undefined) window.push(`wall_us ${isNewest ? '<' : '>'} ${before}`);
    if (!isLast) window.push(`wall_us ${isNewest ? '>=' : '<='} ${edge}`);
    yield window;
    if (isLast) return;
    before = edge;
  }
}

async function countOf(
  { connection, visible }: Asked,
  conditions: readonly string[],
): Promise<MatchCount> {
  const [row] = await connection.rows<{ n: string }>(
    'count events',
    `SELECT count() AS n FROM (SELECT lane FROM event WHERE ${and([visible, ...conditions])}
     LIMIT ${COUNT_EXACT_MAX + 1})`,
  );
  const count = Number(row?.n ?? 0);
  return { count: Math.min(count, COUNT_EXACT_MAX), isExact: count <= COUNT_EXACT_MAX };
}

export async function findEvent(
  { connection, visible }: Asked,
  { run, lane, sequence }: EventPlace,
): Promise<StoredEvent | undefined> {
  const place = [`run = ${quoted(run)}`, `lane = ${lane}`, `sequence = ${sequence}`];
  const [row] = await connection.rows<EventRow>(
    'find an event',
    `SELECT ${SELECTED} FROM event WHERE ${and([visible, ...place])} LIMIT 1`,
  );
  if (row === undefined) return undefined;
  const [event] = await withRepeats(connection, visible, [readRow(row)]);
  return event;
}

/** The events of a request in time order. */
export async function findChain(
  { connection, visible }: Asked,
  requestId: string,
  limit: number,
): Promise<StoredEvent[]> {
  const within = await requestSpan(connection, requestId);
  if (within === undefined) return [];
  const rows = await connection.rows<EventRow>(
    'find a chain',
    `SELECT ${SELECTED} FROM event WHERE ${and([visible, within, `request_id = ${quoted(requestId)}`])}
     ORDER BY wall_us, timestamp_ns, run, lane, sequence LIMIT ${limit}`,
  );
  return withRepeats(connection, visible, rows.map(readRow));
}

/** When a request is; undefined for one that is not there. */
async function requestSpan(connection: Connection, requestId: string): Promise<string | undefined> {
  const [row] = await connection.rows<Record<'n' | 'first' | 'last', string>>(
    'find a request',
    `SELECT count() AS n, min(from_us) AS first, max(to_us) AS last FROM request
     WHERE request_id = ${quoted(requestId)}`,
  );
  if (Number(row?.n ?? 0) === 0) return undefined;
  return `wall_us >= ${row?.first} AND wall_us <= ${row?.last}`;
}

function writePlace(query: CheckedQuery, { wallNs, run, lane, sequence }: StoredEvent): string {
  return writeQueryCursor(query, [String(wallNs / 1_000n), String(lane), String(sequence), run]);
}

function readPlace(query: CheckedQuery, cursor: string): [string, string, string, string] {
  const number = /^\d{1,16}$/;
  const parts = readQueryCursor(query, cursor, [/^-?\d{1,16}$/, number, number, /^[\w-]{1,64}$/]);
  const [wall, lane, sequence, run] = parts as [string, string, string, string];
  return [wall, run, lane, sequence];
}
