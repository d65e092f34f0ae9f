import type { TrendBucket, WallRange } from '../event-store.js';
import type { Connection } from './connection.js';
import { countSpan, type MicroSpan, partsOf, rollupRows, spanOf } from './minutes.js';
import { MINUTE_MICROS } from './rollup.js';
import { readWallText } from './wall-text.js';

const MINUTE = MINUTE_MICROS;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Spans up to this are counted from the events, so that parts of them may be shorter than a minute. */
const FINE_SPAN_MAX = 10 * MINUTE;

const FINE_WIDTHS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7].flatMap((unit) => [
  unit,
  2 * unit,
  5 * unit,
]);
/** Whole minutes, hours and days. */
export const COARSE_WIDTHS = [
  ...[1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * HOUR),
  // To more than the 571 years that there are, of which two parts are enough.
  ...[1, 10, 100, 1e3, 1e4, 1e5].flatMap((unit) => [unit * DAY, 2 * unit * DAY, 5 * unit * DAY]),
];

/** Counts in at most so many parts of a span. */
export function trendOf(connection: Connection, range: WallRange, buckets: number): TrendBucket[] {
  const known = knownRange(connection, range);
  if (known === undefined) return [];
  const { fromMicros, toMicros } = spanOf(known);
  if (fromMicros > toMicros) return [];
  const isFine = toMicros - fromMicros < FINE_SPAN_MAX;
  const width = widthOf(isFine ? [...FINE_WIDTHS, ...COARSE_WIDTHS] : COARSE_WIDTHS, {
    fromMicros,
    toMicros,
    buckets,
  });
  const first = Math.floor(fromMicros / width);
  const spans: (MicroSpan & { events: number; errors: number })[] = [];
  for (let number = first; number <= Math.floor(toMicros / width); number++) {
    const span = {
      fromMicros: Math.max(fromMicros, number * width),
      toMicros: Math.min(toMicros, (number + 1) * width - 1),
    };
    spans.push({ ...span, ...(isFine ? countSpan(connection, span) : { events: 0, errors: 0 }) });
  }
  const add = (micros: number, counts: { events: number; errors: number }): void => {
    const span = spans[Math.floor(micros / width) - first];
    if (span === undefined) return;
    span.events += counts.events;
    span.errors += counts.errors;
  };
  if (!isFine) {
    const { minutes, edges } = partsOf(known);
    for (const row of rollupRows(connection, minutes)) {
      const counts = { events: Number(row.events), errors: Number(row.errors) };
      add(Number(row.minute) * MINUTE, counts);
    }
    for (const edge of edges) add(edge.fromMicros, countSpan(connection, edge));
  }
  return spans.map(({ fromMicros: start, toMicros: end, events, errors }) => ({
    fromNs: BigInt(start) * 1000n,
    toNs: BigInt(end) * 1000n + 999n,
    events,
    errors,
  }));
}

/** With the ends that the events have where the range has none; undefined without events. */
export function knownRange(
  connection: Connection,
  { from, to }: WallRange,
): Required<WallRange> | undefined {
  const [min, max] = ['min', 'max'].map((end) => connection.text(`SELECT ${end}(ts) FROM event`));
  if (min === undefined || max === undefined) {
    return from === undefined || to === undefined ? undefined : { from, to };
  }
  return { from: from ?? readWallText(min), to: to ?? readWallText(max) };
}

export function widthOf(
  widths: readonly number[],
  { fromMicros, toMicros, buckets }: MicroSpan & { buckets: number },
): number {
  const isEnough = (width: number): boolean =>
    Math.floor(toMicros / width) - Math.floor(fromMicros / width) < buckets;
  return widths.find(isEnough) as number;
}
