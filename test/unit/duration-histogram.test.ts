import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DURATION_ERROR_MAX, DurationHistogram } from '../../src/analysis/duration-histogram.js';

function histogramOf(durations: readonly bigint[]): DurationHistogram {
  const histogram = new DurationHistogram();
  for (const duration of durations) histogram.add(duration);
  return histogram;
}

/** The definition: sort, and take the one at that rank. */
function exactPercentile(durations: readonly bigint[], fraction: number): bigint {
  const sorted = [...durations].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted[Math.max(Math.ceil(fraction * sorted.length), 1) - 1] as bigint;
}

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 0n, max: 300n }),
  fc.nat(62).map((power) => 2n ** BigInt(power)),
);

it('is within the stated error of the exact percentile, for all of int64', () => {
  expect(DURATION_ERROR_MAX).toBeLessThan(0.01);
  const fraction = fc.constantFrom(0.01, 0.5, 0.95, 0.99, 1);
  fc.assert(
    fc.property(fc.array(int64, { minLength: 1 }), fraction, (durations, wanted) => {
      const exact = Number(exactPercentile(durations, wanted));
      const found = Number(histogramOf(durations).percentileNs(wanted));
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.abs(exact) * DURATION_ERROR_MAX);
    }),
    { numRuns: 2_000 },
  );
});

it('is exact below 128 ns, and for the smallest and largest', () => {
  const small = fc.bigInt({ min: -127n, max: 127n });
  fc.assert(
    fc.property(
      fc.array(small, { minLength: 1 }),
      fc.constantFrom(0.5, 0.95),
      (durations, wanted) => {
        expect(histogramOf(durations).percentileNs(wanted)).toBe(
          exactPercentile(durations, wanted),
        );
      },
    ),
  );
  const histogram = histogramOf([2n ** 63n - 1n, 5n, -(2n ** 63n)]);
  expect([histogram.minNs, histogram.maxNs]).toEqual([-(2n ** 63n), 2n ** 63n - 1n]);
  expect(histogram.percentileNs(1)).toBe(2n ** 63n - 1n);
});

it('says 0 of nothing', () => {
  const { count, minNs, maxNs } = new DurationHistogram();
  expect([count, minNs, maxNs, new DurationHistogram().percentileNs(0.5)]).toEqual([0, 0n, 0n, 0n]);
});
