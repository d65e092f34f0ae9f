import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HeavyHitters } from '../../src/analysis/heavy-hitters.js';

function count(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

const stream = fc.array(
  fc.nat(30).map((n) => String(Math.floor((n * n) / 30))),
  { maxLength: 300 },
);

it('is exact while there is room', () => {
  fc.assert(
    fc.property(stream, (items) => {
      const hitters = new HeavyHitters(31);
      for (const item of items) hitters.add(item);
      expect(hitters.exact).toBe(true);
      const top = hitters.top(1_000);
      expect(new Map(top.map(({ item, countMin }) => [item, countMin]))).toEqual(count(items));
      for (const { countMin, countMax } of top) expect(countMin).toBe(countMax);
      expect(top.map(({ countMin }) => countMin)).toEqual(
        top.map(({ countMin }) => countMin).sort((a, b) => b - a),
      );
    }),
  );
});

it('keeps the guarantees of Space-Saving when there is not', () => {
  fc.assert(
    fc.property(stream, fc.integer({ min: 1, max: 8 }), (items, capacity) => {
      const hitters = new HeavyHitters(capacity);
      for (const item of items) hitters.add(item);
      const truth = count(items);
      expect(hitters.exact).toBe(truth.size <= capacity);
      const found = hitters.top(capacity);
      for (const { item, countMin, countMax } of found) {
        expect(truth.get(item)).toBeGreaterThanOrEqual(countMin);
        expect(truth.get(item)).toBeLessThanOrEqual(countMax);
        expect(countMax - countMin).toBeLessThanOrEqual(items.length / capacity);
      }
      for (const [item, occurrences] of truth) {
        if (occurrences <= items.length / capacity) continue;
        expect(found.map((hitter) => hitter.item)).toContain(item);
      }
    }),
    { numRuns: 500 },
  );
});

it('returns as many as asked for', () => {
  const hitters = new HeavyHitters(4);
  for (const item of 'aabccc') hitters.add(item);
  expect(hitters.top(2)).toEqual([
    { item: 'c', countMin: 3, countMax: 3 },
    { item: 'a', countMin: 2, countMax: 2 },
  ]);
  expect(hitters.top(0)).toEqual([]);
});

it('keeps fewer items when they are long', () => {
  const hitters = new HeavyHitters(100, 10);
  for (const item of ['aaaa', 'bbbb', 'cccc', 'bbbb', 'dddd']) hitters.add(item);
  expect([hitters.size, hitters.exact]).toEqual([3, false]);
  expect(hitters.top(1)).toEqual([{ item: 'bbbb', countMin: 2, countMax: 2 }]);
});
