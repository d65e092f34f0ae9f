import { expect, it } from 'vitest';
import {
  formatCount,
  formatNanos,
  formatOffset,
  formatRate,
  formatWallTime,
} from '../../src/cli/format.js';

it.each([
  [0n, '0 ns'],
  [999n, '999 ns'],
  [1_000n, '1.00 µs'],
  [45_000n, '45.0 µs'],
  [123_456n, '123 µs'],
  [999_960n, '1.00 ms'],
  [-2_500_000n, '-2.50 ms'],
  [3_600_000_000_000n, '3,600 s'],
  [-(2n ** 63n), '-9,223,372,037 s'],
])('shows %s ns as %s', (nanos, text) => {
  expect(formatNanos(nanos)).toBe(text);
});

it('shows counts, offsets and rates', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect(formatOffset(1_500n)).toBe('+1.50 µs');
  expect(formatOffset(-1_500n)).toBe('-1.50 µs');
  expect([undefined, 0.0125, 45.12, 1_234.5].map(formatRate)).toEqual([
    '-',
    '0.0125',
    '45.1',
    '1,235',
  ]);
});

it('C10: shows wall time to the nanosecond, before 1970 too', () => {
  const clock = { anchors: [{ steadyNs: 5n, wallNs: 1_700_000_000_000_000_001n }] };
  expect(formatWallTime(clock, 5n)).toBe('2023-11-14T22:13:20.000000001Z');
  expect(formatWallTime(clock, 3n)).toBe('2023-11-14T22:13:19.999999999Z');
  expect(formatWallTime({ anchors: [{ steadyNs: 0n, wallNs: 0n }] }, -1n)).toBe(
    '1969-12-31T23:59:59.999999999Z',
  );
  const widest = { anchors: [{ steadyNs: -(2n ** 63n), wallNs: 2n ** 63n - 1n }] };
  expect(formatWallTime(widest, 2n ** 63n - 1n)).toMatch(/^2262-/);
});
