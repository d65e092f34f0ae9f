import type { TrendBucket, WallRange } from '../event-store.js';
import { trendWidth } from '../time-widths.js';
import { type MicroSpan, spanOf } from '../wall-micros.js';
import type { Connection } from './connection.js';
import { countSpan, partsOf, rollupRows } from './minutes.js';
import { MINUTE_MICROS } from './rollup.js';
import { readWallText } from './wall-text.js';

/** Counts in at most so many parts of a span. */
export function trendOf(connection: Connection, range: WallRange, buckets: number): TrendBucket[] {
  const known = knownRange(connection, range);
  if (known === undefined) return [];
  const { fromMicros, toMicros } = spanOf(known);
  if (fromMicros > toMicros) return [];
  const { width, isFine } = trendWidth({ fromMicros, toMicros }, buckets);
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
      add(Number(row.minute) * MINUTE_MICROS, counts);
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
