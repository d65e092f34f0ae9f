import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Percentiles, ProcessSummary, StoreStats, WallRange } from '../event-store.js';
import type { Connection } from './connection.js';
import { storable, textOf } from './event-row.js';
import { rangeOf } from './query-plan.js';
import { readWallText } from './wall-text.js';

const NANOS_PER_MILLI = 1e6;

/** From the index alone; others have their turn between two processes. */
export async function summarizeProcesses(
  connection: Connection,
  range: WallRange,
): Promise<ProcessSummary[]> {
  const conditions = rangeOf(range);
  const where = ['e.process = ?', ...conditions.map(({ sql }) => sql)].join(' AND ');
  const sql = `SELECT count(*) AS events, max(e.ts) AS last FROM event e
    INDEXED BY event_process WHERE e.status = ? AND ${where}`;
  const values = conditions.flatMap((condition) => condition.values);
  const summaries: ProcessSummary[] = [];
  for (const { id, name } of connection.all('SELECT id, name FROM process')) {
    const [ok, err] = ['OK', 'ERR'].map((status) => {
      const [row] = connection.all(sql, [status, id as bigint, ...values]);
      return { events: Number(row?.events), last: (row?.last ?? '') as string };
    }) as [Part, Part];
    const [last = ''] = [ok.last, err.last].sort().reverse();
    if (last === '') continue;
    summaries.push({
      process: textOf(name),
      events: ok.events + err.events,
      errors: err.events,
      lastWallNs: readWallText(last),
    });
    await nextTurn();
  }
  return summaries.sort((a, b) => (a.process < b.process ? -1 : 1));
}

interface Part {
  events: number;
  last: string;
}

/** Nearest rank: the smallest duration that so large a share of the events does not exceed. */
export function percentilesOf(
  connection: Connection,
  process: string,
  range: WallRange,
): Percentiles {
  const conditions = rangeOf(range);
  const where = [
    'e.process = (SELECT id FROM process WHERE name = ?)',
    "e.status IN ('OK', 'ERR')",
    ...conditions.map(({ sql }) => sql),
  ].join(' AND ');
  const from = `event e INDEXED BY event_process WHERE ${where}`;
  const values = [storable(process), ...conditions.flatMap((condition) => condition.values)];
  const count = connection.number(`SELECT count(*) FROM ${from}`, values) as number;
  if (count === 0) return { count, p50: undefined, p95: undefined, p99: undefined };
  const ranks = [0.5, 0.95, 0.99].map((share) => Math.max(1, Math.ceil(share * count)));
  const rows = connection.all(
    `SELECT n, duration_ns FROM
       (SELECT e.duration_ns, row_number() OVER (ORDER BY e.duration_ns) AS n FROM ${from})
     WHERE n IN (?, ?, ?)`,
    [...values, ...ranks],
  );
  const [p50, p95, p99] = ranks.map((rank) => {
    const row = rows.find(({ n }) => Number(n) === rank);
    return Number(row?.duration_ns) / NANOS_PER_MILLI;
  });
  return { count, p50, p95, p99 };
}

/** Counts and ends from indexes. `walBytes` is the caller's to find. */
export function statsOf(connection: Connection, walBytes: number): StoreStats {
  const wallOf = (text: string | undefined) =>
    text === undefined ? undefined : readWallText(text);
  const number = (sql: string): number => connection.number(sql) as number;
  return {
    events: number('SELECT count(*) FROM event'),
    errors: number("SELECT count(*) FROM event INDEXED BY event_error WHERE status = 'ERR'"),
    runs: number('SELECT count(*) FROM run r WHERE EXISTS (SELECT 1 FROM event WHERE run = r.id)'),
    oldestWallNs: wallOf(connection.text('SELECT min(ts) FROM event')),
    newestWallNs: wallOf(connection.text('SELECT max(ts) FROM event')),
    purged: number('SELECT purged FROM store'),
    bytes: number('PRAGMA page_count') * number('PRAGMA page_size'),
    walBytes,
  };
}
