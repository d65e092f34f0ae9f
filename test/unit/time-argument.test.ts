import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatWallTime } from '../../src/cli/format.js';
import { parseTime, resolveTime } from '../../src/cli/time-argument.js';
import { expectTraceError } from '../support/collect.js';

const SECOND = 1_000_000_000n;

it.each([
  ['123', 'steady', 123n],
  ['-5', 'steady', -5n],
  ['9007199254740993', 'steady', 9007199254740993n],
  ['+1.5s', 'offset', 1_500_000_000n],
  ['+200ms', 'offset', 200_000_000n],
  ['+0.1us', 'offset', 100n],
  ['+3µs', 'offset', 3_000n],
  ['+7ns', 'offset', 7n],
  ['+2m', 'offset', 120n * SECOND],
  ['+1.000000001h', 'offset', 3_600_000_003_600n],
  ['1970-01-01T00:00:01Z', 'wall', SECOND],
  ['1970-01-01T00:01Z', 'wall', 60n * SECOND],
  ['1970-01-01T02:00:00.000000001+02:00', 'wall', 1n],
  ['1970-01-01T00:00:00.5-0100', 'wall', 3_600n * SECOND + 500_000_000n],
  ['2023-11-14T22:13:20.000000001Z', 'wall', 1_700_000_000_000_000_001n],
])('reads %s', (text, kind, ns) => {
  expect(parseTime('--from', text)).toEqual({ kind, ns });
});

it.each([
  '',
  'yesterday',
  '+5',
  '+1.5',
  '1.5s',
  '-1s',
  '+1.5days',
  '+1constructor',
  '2026-07-31',
  '2026-07-31T14:23:45',
  '2026-06-31T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '12345678901234567890',
])('refuses %j', async (text) => {
  const parse = () => parseTime('--to', text);
  await expectTraceError(parse, 'ERR_TRACE_OPTION', /^--to must be steady nanoseconds, an ISO/);
});

it('places each kind on the steady clock', () => {
  const clock = { steadyNs: 100n, wallNs: 1_700_000_000_000_000_000n };
  const resolve = (text: string) => resolveTime(parseTime('--from', text), clock, 40n);
  expect(resolve('77')).toBe(77n);
  expect(resolve('+2ns')).toBe(42n);
  expect(resolve('2023-11-14T22:13:20.000000001Z')).toBe(101n);
});

it('C10: reads back what is shown, to the nanosecond', () => {
  const clock = { steadyNs: 12_345n, wallNs: 1_700_000_000_123_456_789n };
  const nearNow = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
  fc.assert(
    fc.property(nearNow, (ns) => {
      const shown = formatWallTime(clock, ns);
      expect(resolveTime(parseTime('--from', shown), clock, 0n)).toBe(ns);
    }),
  );
});
