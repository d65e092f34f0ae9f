import type { DurationShares, Overview, OverviewBucket, WallRange } from '../event-store.js';
import { overviewWidth } from '../time-widths.js';
import type { Connection } from './connection.js';
import { storable, textOf } from './event-row.js';
import { BucketCounts, forEachBucket } from './histogram.js';
import { partsOf } from './minutes.js';
import { ALL_PROCESSES, MINUTE_MICROS } from './rollup.js';
import { knownRange } from './trend.js';

const NANOS_PER_MILLI = 1e6;
/** Of minutes and processes: 2 µs each, measured. */
const ROWS_MAX = 100_000;
const PROCESSES_MAX = 100;

interface Part {
  events: number;
  errors: number;
  readonly durations: BucketCounts;
}

interface Activity extends Part {
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
  const width = overviewWidth({ fromMicros, toMicros }, buckets);
  const first = Math.floor(fromMicros / width);
  const count = Math.floor(toMicros / width) - first + 1;
  const parts: Part[] = Array.from({ length: count }, () => ({
    events: 0,
    errors: 0,
    durations: new BucketCounts(),
  }));
  const rows = rowsOf(connection, whole, process);
  const processes = busiest(rows, count);
  for (const [minute, name, events, errors, histogram] of rows) {
    const at = Math.max(0, Math.floor((Number(minute) * MINUTE_MICROS) / width) - first);
    const part = parts[at];
    if (part === undefined) continue;
    const activity = processes.get(textOf(name));
    const counted = activity === undefined ? [part] : [part, activity];
    for (const one of counted) {
      one.events += Number(events);
      one.errors += Number(errors);
    }
    forEachBucket(histogram as Uint8Array, (bucket, times) => {
      for (const { durations } of counted) durations.add(bucket, times);
    });
    if (activity !== undefined) activity.counts[at] = (activity.counts[at] ?? 0) + Number(events);
  }
  return {
    buckets: parts.map((part, index) => bucketOf(part, (first + index) * width, width)),
    processes: [...processes].map(([name, { durations, ...activity }]) => ({
      process: name,
      ...activity,
      ...sharesOf(durations),
    })),
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
  return {
    fromNs: BigInt(micros) * 1_000n,
    toNs: BigInt(micros + width) * 1_000n - 1n,
    events,
    errors,
    ...sharesOf(durations),
  };
}

function sharesOf(durations: BucketCounts): DurationShares {
  const millis = (share: number): number | undefined => {
    const ns = durations.percentileNs(share);
    return ns === undefined ? undefined : Math.max(0, ns / NANOS_PER_MILLI);
  };
  return { p50: millis(0.5), p95: millis(0.95), p99: millis(0.99) };
}

/** The processes with the most events, in that order, yet to be counted in so many parts: counts take memory. */
function busiest(rows: readonly unknown[][], count: number): Map<string, Activity> {
  const events = new Map<string, number>();
  for (const [, name, added] of rows) {
    const process = textOf(name);
    events.set(process, (events.get(process) ?? 0) + Number(added));
  }
  const sorted = [...events].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return new Map(
    sorted.slice(0, PROCESSES_MAX).map(([process]) => [
      process,
      {
        events: 0,
        errors: 0,
        counts: Array<number>(count).fill(0),
        durations: new BucketCounts(),
      },
    ]),
  );
}
