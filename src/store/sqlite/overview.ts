import type { Overview, OverviewBucket, ProcessActivity, WallRange } from '../event-store.js';
import type { Connection } from './connection.js';
import { storable, textOf } from './event-row.js';
import { BucketCounts, forEachBucket } from './histogram.js';
import { partsOf } from './minutes.js';
import { ALL_PROCESSES, MINUTE_MICROS } from './rollup.js';
import { COARSE_WIDTHS, knownRange, widthOf } from './trend.js';

const NANOS_PER_MILLI = 1e6;
/** Of minutes and processes: 2 µs each, measured. */
const ROWS_MAX = 100_000;
const PROCESSES_MAX = 100;

interface Part {
  events: number;
  errors: number;
  readonly durations: BucketCounts;
}

interface Activity {
  events: number;
  errors: number;
  readonly counts: number[];
}

/** From the rollup alone: minutes that the span has only a part of count whole. */
export function overviewOf(
  connection: Connection,
  range: WallRange,
  buckets: number,
  process: string | undefined,
): Overview {
  const known = knownRange(connection, range);
  const { from, to } = known ?? {};
  if (from === undefined || to === undefined || from > to) {
    return { buckets: [], processes: [], isExact: true };
  }
  const minuteNs = BigInt(MINUTE_MICROS) * 1_000n;
  const whole = {
    from: from - (((from % minuteNs) + minuteNs) % minuteNs),
    to,
  };
  const fromMicros = Number(whole.from / 1_000n);
  const toMicros = Number(whole.to / 1_000n);
  const width = widthOf(COARSE_WIDTHS, { fromMicros, toMicros, buckets });
  const first = Math.floor(fromMicros / width);
  const count = Math.floor(toMicros / width) - first + 1;
  const parts: Part[] = Array.from({ length: count }, () => ({
    events: 0,
    errors: 0,
    durations: new BucketCounts(),
  }));
  const processes = new Map<string, Activity>();
  const rows = rowsOf(connection, whole, process);
  for (const [minute, name, events, errors, histogram] of rows) {
    const at = Math.floor((Number(minute) * MINUTE_MICROS) / width) - first;
    const part = parts[Math.max(0, at)];
    if (part === undefined) continue;
    part.events += Number(events);
    part.errors += Number(errors);
    forEachBucket(histogram as Uint8Array, (bucket, times) => part.durations.add(bucket, times));
    const activity = processes.get(textOf(name)) ?? {
      events: 0,
      errors: 0,
      counts: Array<number>(count).fill(0),
    };
    processes.set(textOf(name), activity);
    activity.events += Number(events);
    activity.errors += Number(errors);
    activity.counts[Math.max(0, at)] = (activity.counts[Math.max(0, at)] ?? 0) + Number(events);
  }
  return {
    buckets: parts.map((part, index) => bucketOf(part, (first + index) * width, width)),
    processes: busiest(processes),
    isExact: rows.length < ROWS_MAX,
  };
}

function rowsOf(
  connection: Connection,
  range: { from: bigint; to: bigint },
  process: string | undefined,
): readonly unknown[][] {
  const { minutes } = partsOf({ from: range.from, to: undefined });
  const last = Math.floor(Number(range.to / 1_000n) / MINUTE_MICROS);
  const condition = process === undefined ? '' : 'AND p.name = ?';
  return connection.rows(
    `SELECT r.minute, p.name, r.events, r.errors, r.histogram
     FROM rollup r JOIN process p ON p.id = r.process
     WHERE r.minute >= ? AND r.minute <= ? AND r.process <> ${ALL_PROCESSES} ${condition}
     ORDER BY r.minute DESC LIMIT ${ROWS_MAX}`,
    [minutes.first, last, ...(process === undefined ? [] : [storable(process)])],
  );
}

function bucketOf(
  { events, errors, durations }: Part,
  micros: number,
  width: number,
): OverviewBucket {
  const millis = (share: number): number | undefined => {
    const ns = durations.percentileNs(share);
    return ns === undefined ? undefined : Math.max(0, ns / NANOS_PER_MILLI);
  };
  return {
    fromNs: BigInt(micros) * 1_000n,
    toNs: BigInt(micros + width) * 1_000n - 1n,
    events,
    errors,
    p50: millis(0.5),
    p95: millis(0.95),
    p99: millis(0.99),
  };
}

function busiest(processes: ReadonlyMap<string, Activity>): ProcessActivity[] {
  return [...processes]
    .map(([process, activity]) => ({ process, ...activity }))
    .sort((a, b) => b.events - a.events || (a.process < b.process ? -1 : 1))
    .slice(0, PROCESSES_MAX);
}
