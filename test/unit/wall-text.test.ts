import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readWallText, textFrom, textTo, wallText } from '../../src/store/sqlite/wall-text.js';
import { wallMicros } from '../../src/store/wall-micros.js';

const wallNs = fc.bigInt({ min: -8_000_000_000_000_000_000n, max: 8_000_000_000_000_000_000n });
const textOf = (nanos: bigint) => wallText(wallMicros(nanos));

it.each([
  [0n, '1970-01-01 00:00:00.000000'],
  [1_785_507_825_200_000_999n, '2026-07-31 14:23:45.200000'],
  [-1n, '1969-12-31 23:59:59.999999'],
  [-1_000_000_000n, '1969-12-31 23:59:59.000000'],
])('%s ns is %s', (nanos, text) => {
  expect(textOf(nanos)).toBe(text);
});

it('texts are read back to the microsecond, and compare as the times do', () => {
  fc.assert(
    fc.property(wallNs, wallNs, (a, b) => {
      const floor = a - (((a % 1000n) + 1000n) % 1000n);
      expect(readWallText(textOf(a))).toBe(floor);
      const [earlier, later] = a < b ? [a, b] : [b, a];
      expect(textOf(earlier) <= textOf(later)).toBe(true);
    }),
  );
});

it('the ends of a span are inclusive, by microsecond', () => {
  expect(textFrom(1000n)).toBe('1970-01-01 00:00:00.000001');
  expect(textFrom(1001n)).toBe('1970-01-01 00:00:00.000002');
  expect(textTo(1999n)).toBe('1970-01-01 00:00:00.000001');
});

it('times beyond what a number holds are taken for the last one there is', () => {
  expect(textOf(2n ** 64n)).toBe('2255-06-05 23:47:34.740991');
  expect(textOf(-(2n ** 64n))).toBe('1684-07-28 00:12:25.259009');
});
