import type { MicroSpan } from './wall-micros.js';

// How long the parts of a span of time are, microseconds.

const MINUTE = 60_000_000;
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
const COARSE_WIDTHS = [
  ...[1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * HOUR),
  // To more than the 571 years that there are, of which two parts are enough.
  ...[1, 10, 100, 1e3, 1e4, 1e5].flatMap((unit) => [unit * DAY, 2 * unit * DAY, 5 * unit * DAY]),
];

/** Of counts over time: parts of less than a minute where the span is short. */
export function trendWidth(span: MicroSpan, buckets: number): { width: number; isFine: boolean } {
  const isFine = span.toMicros - span.fromMicros < FINE_SPAN_MAX;
  const widths = isFine ? [...FINE_WIDTHS, ...COARSE_WIDTHS] : COARSE_WIDTHS;
  return { width: widthOf(widths, { ...span, buckets }), isFine };
}

/** Of an overview: whole minutes at least. */
export const overviewWidth = (span: MicroSpan, buckets: number): number =>
  widthOf(COARSE_WIDTHS, { ...span, buckets });

function widthOf(
  widths: readonly number[],
  { fromMicros, toMicros, buckets }: MicroSpan & { buckets: number },
): number {
  const isEnough = (width: number): boolean =>
    Math.floor(toMicros / width) - Math.floor(fromMicros / width) < buckets;
  return widths.find(isEnough) as number;
}
