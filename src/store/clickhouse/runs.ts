import type { ClockAnchor } from '../../event/clock.js';
import type { RunInfo } from '../../event/recorded-event.js';
import type { StoredRun, StoreStats } from '../event-store.js';
import type { Connection } from './connection.js';
import type { Asked } from './find-events.js';
import { quoted } from './literals.js';

/** Runs that are listed. */
const RUNS_MAX = 1_000;

interface RunRow {
  readonly run: string;
  readonly pid: string;
  readonly host: string;
  readonly service: string;
  readonly project: string;
  readonly version: string;
  readonly steady_ns: readonly string[];
  readonly wall_ns: readonly string[];
}

/** Of the states of a run, the one with the most anchors. */
const RUN_COLUMNS = ['pid', 'host', 'service', 'project', 'version', 'steady_ns', 'wall_ns']
  .map((name) => `argMax(${name}, length(steady_ns)) AS ${name}_`)
  .join(', ');

export async function runsOf({ connection, visible }: Asked): Promise<StoredRun[]> {
  const rows = await connection.rows<Record<string, unknown>>(
    'list runs',
    `SELECT run, min(inserted_ms) AS first, ${RUN_COLUMNS} FROM run
     WHERE run IN (SELECT DISTINCT run FROM event WHERE ${visible})
     GROUP BY run ORDER BY first DESC, run DESC LIMIT ${RUNS_MAX}`,
  );
  return rows.map((row) => {
    const { run, pid, anchors, ...program } = readRun(row);
    return { run, pid, startedWallNs: (anchors[0] as ClockAnchor).wallNs, ...program };
  });
}

export async function runOf(
  { connection, visible }: Asked,
  run: string,
): Promise<RunInfo | undefined> {
  const rows = await connection.rows<Record<string, unknown>>(
    'find a run',
    `SELECT run, ${RUN_COLUMNS} FROM run WHERE run = ${quoted(run)}
       AND run IN (SELECT DISTINCT run FROM event WHERE ${visible} AND run = ${quoted(run)})
     GROUP BY run`,
  );
  return rows[0] && readRun(rows[0]);
}

function readRun(row: Record<string, unknown>): RunInfo {
  const named = Object.entries(row).map(([name, value]) => [name.replace(/_$/, ''), value]);
  const {
    run,
    pid,
    steady_ns: steady,
    wall_ns: wall,
    ...rest
  } = Object.fromEntries(named) as RunRow;
  const { host, service, project, version } = rest;
  return {
    run,
    pid: Number(pid),
    anchors: steady.map((steadyNs, index) => ({
      steadyNs: BigInt(steadyNs),
      wallNs: BigInt(wall[index] as string),
    })),
    ...(host !== '' && { host }),
    ...(service !== '' && { service }),
    ...(project !== '' && { project }),
    ...(version !== '' && { version }),
  };
}

/** What there is now. */
export async function countsOf({
  connection,
  visible,
  boundsOf,
}: Asked): Promise<Omit<StoreStats, 'purged' | 'bytes' | 'walBytes'>> {
  const bounds = await boundsOf();
  const [counts] = await connection.rows<Record<'n' | 'errors' | 'runs', string>>(
    'count events',
    `SELECT count() AS n, sum(severity >= 2) AS errors, uniqExact(run) AS runs FROM event WHERE ${visible}`,
  );
  return {
    events: Number(counts?.n ?? 0),
    errors: Number(counts?.errors ?? 0),
    runs: Number(counts?.runs ?? 0),
    oldestWallNs: bounds && BigInt(bounds.first) * 1_000n,
    newestWallNs: bounds && BigInt(bounds.last) * 1_000n,
  };
}

/** What all shards take of their disks, each counted once. */
export async function bytesOf(shards: readonly Connection[]): Promise<number> {
  const sql =
    'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE database = currentDatabase() AND active';
  const sizes = await Promise.all(
    shards.map(async (shard) => {
      const [disk] = await shard.rows<{ bytes: string }>('say what it takes of the disk', sql);
      return Number(disk?.bytes ?? 0);
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
