import { bucketOf } from '../../event/duration-bucket.js';
import { PERCENTILES_EXACT_MAX, type Percentiles, type WallRange } from '../event-store.js';
import type { Connection } from './connection.js';
import { storable } from './event-row.js';
import { rangeOf } from './filter-sql.js';
import { BucketCounts, forEachBucket } from './histogram.js';
import { partsOf, rollupRows } from './minutes.js';
import type { SqlValue } from './sqlite-driver.js';
import { wallText } from './wall-text.js';

const NANOS_PER_MILLI = 1e6;
const SHARES = [0.5, 0.95, 0.99];

/** From the rollup; sorted from the events themselves when they are few. */
export function percentilesOf(
  connection: Connection,
  process: string,
  range: WallRange,
): Percentiles {
  const id = connection.number('SELECT id FROM process WHERE name = ?', [storable(process)]);
  if (id === undefined) return resultOf(0, []);
  const { minutes, edges } = partsOf(range);
  const counts = new BucketCounts();
  for (const { histogram } of rollupRows(connection, minutes, id)) {
    forEachBucket(histogram as Uint8Array, (bucket, count) => counts.add(bucket, count));
  }
  for (const { fromMicros, toMicros } of edges) {
    const rows = connection.all(
      `SELECT e.duration_ns FROM event e INDEXED BY event_process
       WHERE e.process = ? AND e.status IN ('OK', 'ERR') AND e.ts >= ? AND e.ts <= ?`,
      [id, wallText(fromMicros), wallText(toMicros)],
    );
    for (const { duration_ns: durationNs } of rows) counts.add(bucketOf(durationNs as bigint));
  }
  if (counts.count <= PERCENTILES_EXACT_MAX) return sortedPercentiles(connection, id, range);
  return resultOf(
    counts.count,
    SHARES.map((share) => counts.percentileNs(share) as number),
  );
}

/** Nearest rank: the smallest duration that so large a share of the events does not exceed. */
function sortedPercentiles(connection: Connection, id: number, range: WallRange): Percentiles {
  const conditions = rangeOf(range);
  const where = [
    "e.process = ? AND e.status IN ('OK', 'ERR')",
    ...conditions.map(({ sql }) => sql),
  ].join(' AND ');
  const from = `event e INDEXED BY event_process WHERE ${where}`;
  const values: SqlValue[] = [id, ...conditions.flatMap((condition) => condition.values)];
  const count = connection.number(`SELECT count(*) FROM ${from}`, values) as number;
  if (count === 0) return resultOf(0, []);
  const ranks = SHARES.map((share) => Math.max(1, Math.ceil(share * count)));
  const rows = connection.all(
    `SELECT n, duration_ns FROM
       (SELECT e.duration_ns, row_number() OVER (ORDER BY e.duration_ns) AS n FROM ${from})
     WHERE n IN (?, ?, ?)`,
    [...values, ...ranks],
  );
  return resultOf(
    count,
    ranks.map((rank) => Number(rows.find(({ n }) => Number(n) === rank)?.duration_ns)),
  );
}

function resultOf(count: number, nanos: readonly number[]): Percentiles {
  const [p50, p95, p99] = nanos.map((ns) => ns / NANOS_PER_MILLI);
  return { count, p50, p95, p99 };
}
