import type {
  DurationShares,
  Overview,
  Percentiles,
  ProcessSummary,
  TrendBucket,
  WallRange,
} from '../event-store.js';
import { PERCENTILES_EXACT_MAX } from '../event-store.js';
import { overviewWidth, trendWidth } from '../time-widths.js';
import { type MicroSpan, spanOf } from '../wall-micros.js';
import { and, rangeOf } from './filter-sql.js';
import type { Asked, Bounds } from './find-events.js';
import { listOf, quoted } from './literals.js';

const NANOS_PER_MILLI = 1e6;
const SHARES = [0.5, 0.95, 0.99];
const PROCESSES_MAX = 100;
const MINUTE_US = 60_000_000;

/**
 * The number of the part of so many microseconds that an event is in; before 1970 as well. Servers before 19 give a
 * remainder the type of the divisor, and would cut one of an hour.
 */
function partOf(microseconds: number): string {
  const width = `toInt64(${microseconds})`;
  return `(intDiv(wall_us, ${width}) - if(modulo(wall_us, ${width}) < 0, 1, 0))`;
}

export async function processesOf(
  { connection, visible }: Asked,
  range: WallRange,
): Promise<ProcessSummary[]> {
  const rows = await connection.rows<Record<'process' | 'n' | 'errors' | 'last', string>>(
    'list processes',
    `SELECT process, count() AS n, sum(severity >= 2) AS errors, max(wall_us) AS last
     FROM event WHERE ${and([visible, ...rangeOf(range)])} GROUP BY process ORDER BY process`,
  );
  return rows.map(({ process, n, errors, last }) => ({
    process,
    events: Number(n),
    errors: Number(errors),
    lastWallNs: BigInt(last) * 1_000n,
  }));
}

/** By nearest rank up to {@link PERCENTILES_EXACT_MAX} events; of more, the element that `quantilesExact` chooses. */
export async function percentilesOf(
  { connection, visible }: Asked,
  process: string,
  range: WallRange,
): Promise<Percentiles> {
  const where = and([visible, `process = ${quoted(process)}`, ...rangeOf(range)]);
  const [row] = await connection.rows<{ n: string; shares: readonly string[] }>(
    'count percentiles',
    `SELECT count() AS n, quantilesExact(${SHARES.join(', ')})(duration_ns) AS shares
     FROM event WHERE ${where}`,
  );
  const count = Number(row?.n ?? 0);
  if (count === 0) return { count, p50: undefined, p95: undefined, p99: undefined };
  if (count > PERCENTILES_EXACT_MAX) return { count, ...sharesOf(row?.shares ?? []) };
  const rank = (share: number): string => `sorted[${Math.max(1, Math.ceil(share * count))}]`;
  const [exact] = await connection.rows<{ shares: readonly string[] }>(
    'count percentiles',
    `SELECT [${SHARES.map(rank).join(', ')}] AS shares FROM
       (SELECT arraySort(groupArray(duration_ns)) AS sorted FROM event WHERE ${where})`,
  );
  return { count, ...sharesOf(exact?.shares ?? []) };
}

function sharesOf(nanos: readonly string[]): DurationShares {
  const [p50, p95, p99] = nanos.map((ns) => Number(ns) / NANOS_PER_MILLI);
  return { p50, p95, p99 };
}

/** With the ends that the events have where the range has none; undefined without events. */
function knownSpan(bounds: Bounds | undefined, { from, to }: WallRange): MicroSpan | undefined {
  const span = spanOf({ from, to });
  if (bounds === undefined && (from === undefined || to === undefined)) return undefined;
  return {
    fromMicros: from === undefined ? (bounds as Bounds).first : span.fromMicros,
    toMicros: to === undefined ? (bounds as Bounds).last : span.toMicros,
  };
}

export async function trendOf(
  { connection, visible, boundsOf }: Asked,
  range: WallRange,
  buckets: number,
): Promise<TrendBucket[]> {
  const span = knownSpan(await boundsOf(), range);
  if (span === undefined || span.fromMicros > span.toMicros) return [];
  const { fromMicros, toMicros } = span;
  const { width } = trendWidth(span, buckets);
  const rows = await connection.rows<Record<'part' | 'n' | 'errors', string>>(
    'count over time',
    `SELECT ${partOf(width)} AS part, count() AS n, sum(severity >= 2) AS errors FROM event
     WHERE ${and([visible, `wall_us >= ${fromMicros}`, `wall_us <= ${toMicros}`])} GROUP BY part`,
  );
  const counts = new Map(rows.map(({ part, n, errors }) => [Number(part), { n, errors }]));
  const first = Math.floor(fromMicros / width);
  const length = Math.floor(toMicros / width) - first + 1;
  return Array.from({ length }, (_, index) => {
    const part = first + index;
    const start = Math.max(fromMicros, part * width);
    const end = Math.min(toMicros, (part + 1) * width - 1);
    return {
      fromNs: BigInt(start) * 1_000n,
      toNs: BigInt(end) * 1_000n + 999n,
      events: Number(counts.get(part)?.n ?? 0),
      errors: Number(counts.get(part)?.errors ?? 0),
    };
  });
}

interface OverviewRow {
  readonly n: string;
  readonly errors: string;
  readonly shares: readonly string[];
}

const OVERVIEW_ROW = `count() AS n, sum(severity >= 2) AS errors,
  quantilesExact(${SHARES.join(', ')})(greatest(duration_ns, 0)) AS shares`;

export async function overviewOf(
  { connection, visible, boundsOf }: Asked,
  range: WallRange,
  { buckets, process }: { buckets: number; process: string | undefined },
): Promise<Overview> {
  const bounds = await boundsOf();
  const span = knownSpan(bounds, range);
  if (span === undefined || bounds === undefined || span.fromMicros > span.toMicros) {
    return { buckets: [], processes: [], isExact: true };
  }
  const fromMicros = Math.floor(span.fromMicros / MINUTE_US) * MINUTE_US;
  const toMicros = (Math.floor(span.toMicros / MINUTE_US) + 1) * MINUTE_US - 1;
  const width = overviewWidth({ fromMicros, toMicros: span.toMicros }, buckets);
  const first = Math.floor(fromMicros / width);
  const length = Math.floor(span.toMicros / width) - first + 1;
  const where = and([
    visible,
    `wall_us >= ${fromMicros}`,
    `wall_us <= ${toMicros}`,
    ...(process === undefined ? [] : [`process = ${quoted(process)}`]),
  ]);
  const parts = await connection.rows<OverviewRow & { part: string }>(
    'look over a span of time',
    `SELECT ${partOf(width)} AS part, ${OVERVIEW_ROW} FROM event WHERE ${where} GROUP BY part`,
  );
  const processes = await connection.rows<OverviewRow & { process: string }>(
    'look over processes',
    `SELECT process, ${OVERVIEW_ROW} FROM event WHERE ${where} GROUP BY process
     ORDER BY n DESC, process LIMIT ${PROCESSES_MAX}`,
  );
  const names = listOf(processes.map((row) => row.process));
  const counts =
    names === ''
      ? []
      : await connection.rows<Record<'process' | 'part' | 'n', string>>(
          'look over processes',
          `SELECT process, ${partOf(width)} AS part, count() AS n FROM event
           WHERE ${where} AND process IN (${names}) GROUP BY process, part`,
        );
  const known = new Map(parts.map((row) => [Number(row.part) - first, row]));
  const activity = new Map<string, number[]>();
  for (const { process: name, part, n } of counts) {
    const own = activity.get(name) ?? Array<number>(length).fill(0);
    own[Number(part) - first] = Number(n);
    activity.set(name, own);
  }
  return {
    buckets: Array.from({ length }, (_, index) => {
      const row = known.get(index);
      const start = BigInt((first + index) * width);
      return {
        fromNs: start * 1_000n,
        toNs: (start + BigInt(width)) * 1_000n - 1n,
        events: Number(row?.n ?? 0),
        errors: Number(row?.errors ?? 0),
        ...sharesOf(row?.shares ?? []),
      };
    }),
    processes: processes.map((row) => ({
      process: row.process,
      events: Number(row.n),
      errors: Number(row.errors),
      counts: activity.get(row.process) ?? [],
      ...sharesOf(row.shares),
    })),
    isExact: true,
  };
}
