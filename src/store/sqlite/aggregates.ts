import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProgramInfo, RunInfo } from '../../event/recorded-event.js';
import type { ProcessSummary, StoredRun, StoreStats, WallRange } from '../event-store.js';
import type { Connection } from './connection.js';
import { textOf } from './event-row.js';
import { rangeOf } from './filter-sql.js';
import { partsOf } from './minutes.js';
import { ALL_PROCESSES } from './rollup.js';
import { readWallText, wallText } from './wall-text.js';

/** Names looked up in one go. */
const STEP_NAMES = 500;

interface Counts {
  events: number;
  errors: number;
}

/** Counts from the rollup, and from the events where a minute is cut by the range. */
export async function summarizeProcesses(
  connection: Connection,
  range: WallRange,
): Promise<ProcessSummary[]> {
  const { minutes, edges } = partsOf(range);
  const counts = new Map<number, Counts>();
  const add = (row: Record<string, unknown>): void => {
    const id = Number(row.process);
    const sum = counts.get(id) ?? { events: 0, errors: 0 };
    sum.events += Number(row.events);
    sum.errors += Number(row.errors);
    counts.set(id, sum);
  };
  for (const row of connection.all(
    `SELECT process, sum(events) AS events, sum(errors) AS errors FROM rollup
     WHERE minute >= ? AND minute <= ? AND process <> ${ALL_PROCESSES} GROUP BY process`,
    [minutes.first, minutes.last],
  )) {
    add(row);
  }
  for (const { fromMicros, toMicros } of edges) {
    for (const row of connection.all(
      `SELECT e.process, count(*) AS events, sum(e.status = 'ERR') AS errors
       FROM event e INDEXED BY event_time WHERE e.ts >= ? AND e.ts <= ? GROUP BY e.process`,
      [wallText(fromMicros), wallText(toMicros)],
    )) {
      add(row);
    }
  }
  const summaries: ProcessSummary[] = [];
  const conditions = rangeOf(range);
  const where = ['e.process = ? AND e.status = ?', ...conditions.map(({ sql }) => sql)];
  const sql = `SELECT max(e.ts) FROM event e INDEXED BY event_process WHERE ${where.join(' AND ')}`;
  const values = conditions.flatMap((condition) => condition.values);
  for (const [id, { events, errors }] of counts) {
    const [row] = connection.all('SELECT name FROM process WHERE id = ?', [id]);
    const last = ['OK', 'ERR'].map((status) => connection.text(sql, [id, status, ...values]) ?? '');
    const [newest = ''] = last.sort().reverse();
    // Purged since it was counted.
    if (row === undefined || newest === '') continue;
    summaries.push({ process: textOf(row.name), events, errors, lastWallNs: readWallText(newest) });
    if (summaries.length % STEP_NAMES === 0) await nextTurn();
  }
  return summaries.sort((a, b) => (a.process < b.process ? -1 : 1));
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

const RUNS_MAX = 1000;

/** The newest runs first; what is not known of a program is left out. */
export function runsOf(connection: Connection): StoredRun[] {
  const rows = connection.all(
    `SELECT run, pid, wall_ns, host, service, project, version FROM run ORDER BY id DESC LIMIT ?`,
    [RUNS_MAX],
  );
  return rows.map(({ run, pid, wall_ns, ...program }) => ({
    run: run as string,
    pid: Number(pid),
    startedWallNs: wall_ns as bigint,
    ...knownNames(program),
  }));
}

/** With all its anchors. */
export function runOf(connection: Connection, run: string): RunInfo | undefined {
  const [row] = connection.all(
    'SELECT id, pid, host, service, project, version FROM run WHERE run = ?',
    [run],
  );
  if (row === undefined) return undefined;
  const { id, pid, ...program } = row;
  const anchors = connection.all(
    'SELECT steady_ns, wall_ns FROM anchor WHERE run = ? ORDER BY steady_ns',
    [Number(id)],
  );
  return {
    run,
    pid: Number(pid),
    anchors: anchors.map((anchor) => ({
      steadyNs: anchor.steady_ns as bigint,
      wallNs: anchor.wall_ns as bigint,
    })),
    ...knownNames(program),
  };
}

function knownNames(program: Record<string, unknown>): ProgramInfo {
  return Object.fromEntries(Object.entries(program).filter(([, name]) => name !== ''));
}
