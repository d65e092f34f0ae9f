import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Duration, Timestamp, toNanos } from '../../src/event/time.js';
import { expectTraceError } from '../support/collect.js';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const int64 = fc.bigInt({ min: MIN, max: MAX });
/** Small enough for any two to be added and most to be multiplied. */
const small = fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n });

describe('toNanos', () => {
  it.each([
    [0, 0n],
    [-0, 0n],
    [-5, -5n],
    [Number.MAX_SAFE_INTEGER, 9007199254740991n],
    [2n ** 53n + 1n, 9007199254740993n],
    [MIN, MIN],
    [MAX, MAX],
    [Timestamp.fromNanos(7n), 7n],
    [Duration.fromMicros(7), 7_000n],
  ])('C11: takes %s exactly', (value, nanos) => {
    expect(toNanos(value)).toBe(nanos);
  });

  it.each([
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['a fraction', 1.5],
    ['a number that is already rounded', 2 ** 53],
    ['an int64 maximum plus one', MAX + 1n],
    ['an int64 minimum minus one', MIN - 1n],
    ['a numeric string', '5'],
    ['null', null],
    ['undefined', undefined],
    ['a Date', new Date(5)],
    ['an object with nanos', { nanos: 5n }],
    ['a forged Duration', Object.create(Duration.prototype, { nanos: { value: 2n ** 64n } })],
    ['a forged Timestamp', Object.create(Timestamp.prototype, { nanos: { value: '5' } })],
  ])('C3: refuses %s', (_, value) => {
    expect(toNanos(value)).toBeUndefined();
  });
});

describe('Duration', () => {
  it('C3: converts between units, toward zero', () => {
    expect(Duration.fromNanos(-1_999_999n).toMicros()).toBe(-1_999n);
    expect(Duration.fromNanos(-1_999_999n).toMillis()).toBe(-1n);
    expect(Duration.fromMicros(3).toNanos()).toBe(3_000n);
    expect(Duration.fromMillis(3).toNanos()).toBe(3_000_000n);
    expect(Duration.fromSeconds(3n).toNanos()).toBe(3_000_000_000n);
  });

  it('C3: calculates as integers do', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const [left, right] = [Duration.fromNanos(a), Duration.fromNanos(b)];
        expect(left.plus(right).nanos).toBe(a + b);
        expect(left.minus(right).nanos).toBe(a - b);
        expect(left.times(b).nanos).toBe(a * b);
        if (b !== 0n) expect(left.dividedBy(b).nanos).toBe(a / b);
      }),
    );
  });

  it('C3: compares in every way', () => {
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        const [left, right] = [Duration.fromNanos(a), Duration.fromNanos(b)];
        expect(left.compare(right)).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(left.equals(right)).toBe(a === b);
        expect([left < right, left <= right, left > right, left >= right]).toEqual([
          a < b,
          a <= b,
          a > b,
          a >= b,
        ]);
      }),
    );
  });

  const max = Duration.fromNanos(MAX);
  const min = Duration.fromNanos(MIN);
  it.each([
    ['fromNanos', () => Duration.fromNanos(MAX + 1n), /Duration\.fromNanos must stay within int64/],
    ['fromMicros', () => Duration.fromMicros(MAX / 1000n + 1n), /Duration\.fromMicros/],
    ['fromMillis', () => Duration.fromMillis(MIN), /Duration\.fromMillis/],
    ['fromSeconds', () => Duration.fromSeconds(2n ** 40n), /Duration\.fromSeconds/],
    ['plus', () => max.plus(Duration.fromNanos(1)), /got 9223372036854775808/],
    ['minus', () => min.minus(Duration.fromNanos(1)), /got -9223372036854775809/],
    ['times', () => max.times(2), /Duration\.times/],
    ['the minimum divided by -1', () => min.dividedBy(-1), /Duration\.dividedBy/],
    ['division by zero', () => max.dividedBy(0n), /divisor must be other than zero; got 0n/],
  ])('C3: %s beyond int64 is an overflow error', async (_, action, message) => {
    await expectTraceError(action, 'ERR_TRACE_OVERFLOW', message);
  });

  it.each([1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('C3: refuses %s', async (value) => {
    const message = new RegExp(`must be a bigint or a safe integer; got ${value}`);
    await expectTraceError(() => Duration.fromNanos(value), 'ERR_TRACE_OPTION', message);
    await expectTraceError(() => max.times(value), 'ERR_TRACE_OPTION', message);
    await expectTraceError(() => max.dividedBy(value), 'ERR_TRACE_OPTION', message);
  });

  it('shows its value in text and in JSON without loss', () => {
    expect(`${max}`).toBe('9223372036854775807ns');
    expect(JSON.stringify({ max })).toBe('{"max":"9223372036854775807"}');
  });

  it('is immutable', () => {
    expect(() => Object.assign(max, { nanos: 1n })).toThrow(TypeError);
  });
});

describe('Timestamp', () => {
  it('C3: now() is the steady clock of the process', () => {
    const before = process.hrtime.bigint();
    const now = Timestamp.now().toNanos();
    expect(now >= before && now <= process.hrtime.bigint()).toBe(true);
  });

  it('C3: a difference is a Duration, and a Duration moves a Timestamp', () => {
    fc.assert(
      fc.property(small, small, (a, b) => {
        const [from, to] = [Timestamp.fromNanos(a), Timestamp.fromNanos(b)];
        const difference = to.since(from);
        expect(difference).toBeInstanceOf(Duration);
        expect(difference.nanos).toBe(b - a);
        expect(from.plus(difference).equals(to)).toBe(true);
        expect(to.minus(difference).equals(from)).toBe(true);
      }),
    );
  });

  it('C3: compares in every way', () => {
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        const [left, right] = [Timestamp.fromNanos(a), Timestamp.fromNanos(b)];
        expect(left.compare(right)).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(left.equals(right)).toBe(a === b);
        expect([left < right, left <= right, left > right, left >= right]).toEqual([
          a < b,
          a <= b,
          a > b,
          a >= b,
        ]);
      }),
    );
  });

  const first = Timestamp.fromNanos(MIN);
  const last = Timestamp.fromNanos(MAX);
  it.each([
    ['fromNanos', () => Timestamp.fromNanos(MIN - 1n)],
    ['since', () => last.since(first)],
    ['plus', () => last.plus(Duration.fromNanos(1))],
    ['minus', () => first.minus(Duration.fromNanos(1))],
  ])('C3: %s beyond int64 is an overflow error', async (name, action) => {
    const message = new RegExp(`Timestamp\\.${name} must stay within int64 nanoseconds`);
    await expectTraceError(action, 'ERR_TRACE_OVERFLOW', message);
  });

  it('shows its value in text and in JSON without loss', () => {
    expect(`${first}`).toBe('-9223372036854775808ns');
    expect(JSON.stringify([first])).toBe('["-9223372036854775808"]');
  });
});
