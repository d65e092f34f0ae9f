import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatWallTime } from '../../src/cli/format.js';
import { parseTime } from '../../src/cli/time-argument.js';
import { resolveTime } from '../../src/cli/time-window.js';
import { expectTraceError } from '../support/collect.js';

const SECOND = 1_000_000_000n;

it.each([
  ['123', 'number', 123n],
  ['-5', 'number', -5n],
  ['9007199254740993', 'number', 9007199254740993n],
  ['123steady', 'steady', 123n],
  ['-123steady', 'steady', -123n],
  ['1795575651s', 'wall', 1_795_575_651n * SECOND],
  ['1795575651.5s', 'wall', 1_795_575_651_500_000_000n],
  ['1795575651038ms', 'wall', 1_795_575_651_038_000_000n],
  ['1795575651038123us', 'wall', 1_795_575_651_038_123_000n],
  ['1795575651038123456ns', 'wall', 1_795_575_651_038_123_456n],
  ['-5m', 'before', 300n * SECOND],
  ['-1.5s', 'before', 1_500_000_000n],
  ['2023-11-14 22:13:20.000000', 'wall', 1_700_000_000n * SECOND],
  ['2023-11-14 22:13:20', 'wall', 1_700_000_000n * SECOND],
  ['2023-11-14 23:13:20.5+01:00', 'wall', 1_700_000_000_500_000_000n],
  ['+1.5s', 'after', 1_500_000_000n],
  ['+200ms', 'after', 200_000_000n],
  ['+0.1us', 'after', 100n],
  ['+3µs', 'after', 3_000n],
  ['+7ns', 'after', 7n],
  ['+2m', 'after', 120n * SECOND],
  ['+1.000000001h', 'after', 3_600_000_003_600n],
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
  '+1.5days',
  '-1.5days',
  '5steadily',
  '2026-07-31 14:23',
  '+1constructor',
  '2026-07-31',
  '2026-07-31T14:23:45',
  '2026-06-31T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '12345678901234567890',
])('refuses %j', async (text) => {
  const parse = () => parseTime('--to', text);
  await expectTraceError(
    parse,
    'ERR_TRACE_OPTION',
    /^--to must be an ISO time with its zone .* steady nanoseconds; got/,
  );
});

it('says of a duration without a sign what was probably meant', async () => {
  await expectTraceError(
    () => parseTime('--from', '1.5s'),
    'ERR_TRACE_OPTION',
    /--from 1.5s would be a time since 1970, before 2001: write \+1.5s .* -1.5s for before the latest/,
  );
});

const anchor = { steadyNs: 100n, wallNs: 1_700_000_000n * SECOND };
const clock = { anchors: [anchor] };
const extent = { firstNs: 40n, lastNs: 90n };
const resolve = (text: string, within = extent, by: typeof clock | undefined = clock) =>
  resolveTime('--from', parseTime('--from', text), by, within);

it('places each kind on the steady clock', () => {
  expect(resolve('77')).toBe(77n);
  expect(resolve('1795575651038steady')).toBe(1_795_575_651_038n);
  expect(resolve('+2ns')).toBe(42n);
  expect(resolve('-2ns')).toBe(88n);
  expect(resolve('2023-11-14T22:13:20.000000001Z')).toBe(101n);
  expect(resolve('1700000000000000001ns')).toBe(101n);
});

it('takes a number for milliseconds since 1970 where the trace is of that time', () => {
  const hour = { firstNs: 0n, lastNs: 3_600n * SECOND };
  // Half an hour of uptime as nanoseconds, a day in November 2026 as milliseconds.
  const text = '1795575651038';
  expect(resolve(text, hour, undefined)).toBe(BigInt(text));
  const then = { anchors: [{ steadyNs: 0n, wallNs: 1_795_575_000n * SECOND }] };
  const second = { firstNs: 651n * SECOND, lastNs: 652n * SECOND };
  expect(resolve(text, second, then)).toBe(651_038_000_000n);
  // In microseconds and seconds as well.
  expect(resolve('1795575651038123', second, then)).toBe(651_038_123_000n);
  expect(resolve('1795575651', second, then)).toBe(651n * SECOND);
});

it.each([
  ['both', { firstNs: 0n, lastNs: 3_600n * SECOND }, 1_795_575_000n * SECOND],
  ['neither', { firstNs: 0n, lastNs: SECOND }, 1_700_000_000n * SECOND],
])('refuses a number that may be %s, and says how to write each', async (_, within, wallNs) => {
  const then = { anchors: [{ steadyNs: 0n, wallNs }] };
  await expectTraceError(
    () => resolve('1795575651038', within, then),
    'ERR_TRACE_OPTION',
    /write 1795575651038steady, or 1795575651038ms for 2026-11-25T03:00:51.038000000Z/,
  );
});

it('refuses a wall time where nothing says what the time was', async () => {
  const time = parseTime('--from', '2023-11-14T22:13:20Z');
  const refused = () => resolveTime('--from', time, undefined, extent);
  await expectTraceError(refused, 'ERR_TRACE_OPTION', /nothing in this file places its events/);
});

it('C10: reads back what is shown, to the nanosecond', () => {
  const then = { anchors: [{ steadyNs: 12_345n, wallNs: 1_700_000_000_123_456_789n }] };
  const nearNow = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
  fc.assert(
    fc.property(nearNow, fc.boolean(), (ns, isPlaced) => {
      const shown = formatWallTime(isPlaced ? then : undefined, ns);
      const time = parseTime('--from', shown);
      expect(resolveTime('--from', time, isPlaced ? then : undefined, undefined)).toBe(ns);
    }),
  );
});
