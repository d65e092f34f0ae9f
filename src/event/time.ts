import { expected, TraceError } from '../errors.js';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const NANOS_PER_MICRO = 1_000n;
const NANOS_PER_MILLI = 1_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * Nanoseconds wherever the API takes them: a bigint, a safe-integer number, or a {@link Timestamp}
 * or {@link Duration}.
 */
export type Nanoseconds = bigint | number | Timestamp | Duration;

/** What callers are told when {@link toNanos} cannot read what they gave. */
export const NANOS_EXPECTED =
  'int64 nanoseconds, without a fraction (bigint, safe integer, Timestamp or Duration)';

/**
 * Reads nanoseconds from caller input.
 *
 * @returns the int64 value, or undefined when the input is not exactly one: a fraction, NaN, a
 * number beyond 2^53 - 1 (already rounded), a bigint beyond int64, or another type.
 */
export function toNanos(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : undefined;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (value instanceof Timestamp || value instanceof Duration) {
    // An object made with their prototype instead of their constructor may hold anything here.
    const nanos: unknown = value.nanos;
    return typeof nanos === 'bigint' ? toNanos(nanos) : undefined;
  }
  return undefined;
}

function checkedNanos(nanos: bigint, operation: string): bigint {
  if (nanos < INT64_MIN || nanos > INT64_MAX) {
    throw new TraceError(
      'ERR_TRACE_OVERFLOW',
      `${operation} must stay within int64 nanoseconds; got ${nanos}`,
    );
  }
  return nanos;
}

function checkedInteger(value: bigint | number, name: string): bigint {
  if (typeof value === 'bigint') return value;
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw expected('ERR_TRACE_OPTION', name, 'a bigint or a safe integer', value);
}

/** A span of time: int64 nanoseconds, immutable, no floating point. Mirrors the C++ class. */
export class Duration {
  /** int64 nanoseconds. */
  readonly nanos: bigint;

  private constructor(nanos: bigint) {
    this.nanos = nanos;
    Object.freeze(this);
  }

  /** So many nanoseconds. @throws TraceError `ERR_TRACE_OVERFLOW` beyond int64. */
  static fromNanos(nanos: bigint | number): Duration {
    return new Duration(checkedNanos(checkedInteger(nanos, 'nanos'), 'Duration.fromNanos'));
  }
  /** So many microseconds. @throws TraceError `ERR_TRACE_OVERFLOW`. */
  static fromMicros(micros: bigint | number): Duration {
    const nanos = checkedInteger(micros, 'micros') * NANOS_PER_MICRO;
    return new Duration(checkedNanos(nanos, 'Duration.fromMicros'));
  }
  /** So many milliseconds. @throws TraceError `ERR_TRACE_OVERFLOW`. */
  static fromMillis(millis: bigint | number): Duration {
    const nanos = checkedInteger(millis, 'millis') * NANOS_PER_MILLI;
    return new Duration(checkedNanos(nanos, 'Duration.fromMillis'));
  }
  /** So many seconds. @throws TraceError `ERR_TRACE_OVERFLOW`. */
  static fromSeconds(seconds: bigint | number): Duration {
    const nanos = checkedInteger(seconds, 'seconds') * NANOS_PER_SECOND;
    return new Duration(checkedNanos(nanos, 'Duration.fromSeconds'));
  }

  /** Nanoseconds, exactly. */
  toNanos(): bigint {
    return this.nanos;
  }
  /** Whole microseconds, truncated toward zero. */
  toMicros(): bigint {
    return this.nanos / NANOS_PER_MICRO;
  }
  /** Whole milliseconds, truncated toward zero. */
  toMillis(): bigint {
    return this.nanos / NANOS_PER_MILLI;
  }

  /** The sum. @throws TraceError `ERR_TRACE_OVERFLOW` beyond int64 nanoseconds. */
  plus(other: Duration): Duration {
    return new Duration(checkedNanos(this.nanos + other.nanos, 'Duration.plus'));
  }
  /** The difference. @throws TraceError `ERR_TRACE_OVERFLOW`. */
  minus(other: Duration): Duration {
    return new Duration(checkedNanos(this.nanos - other.nanos, 'Duration.minus'));
  }
  /** A multiple. @throws TraceError `ERR_TRACE_OVERFLOW`. */
  times(factor: bigint | number): Duration {
    const nanos = this.nanos * checkedInteger(factor, 'factor');
    return new Duration(checkedNanos(nanos, 'Duration.times'));
  }
  /** Divides, truncated toward zero. @throws TraceError `ERR_TRACE_OVERFLOW` when divided by zero. */
  dividedBy(divisor: bigint | number): Duration {
    const by = checkedInteger(divisor, 'divisor');
    if (by === 0n) throw expected('ERR_TRACE_OVERFLOW', 'divisor', 'other than zero', by);
    return new Duration(checkedNanos(this.nanos / by, 'Duration.dividedBy'));
  }

  /** Negative, zero or positive as this is shorter than, equal to or longer than `other`. */
  compare(other: Duration): -1 | 0 | 1 {
    return compareNanos(this.nanos, other.nanos);
  }
  /** Whether both are equally long. */
  equals(other: Duration): boolean {
    return this.nanos === other.nanos;
  }
  /** Makes `<`, `<=`, `>` and `>=` work; use {@link equals} for equality. */
  valueOf(): bigint {
    return this.nanos;
  }
  /** For people: its nanoseconds and `ns`. */
  toString(): string {
    return `${this.nanos}ns`;
  }
  /** A decimal string: JSON has no int64 that every reader keeps. */
  toJSON(): string {
    return this.nanos.toString();
  }
}

/**
 * A point on the steady clock: int64 nanoseconds since an epoch of the machine's own (on Linux, its
 * boot). The same clock as C++ `std::chrono::steady_clock` and `process.hrtime.bigint()`.
 */
export class Timestamp {
  /** int64 nanoseconds. */
  readonly nanos: bigint;

  private constructor(nanos: bigint) {
    this.nanos = nanos;
    Object.freeze(this);
  }

  /** The steady clock's time. */
  static now(): Timestamp {
    return new Timestamp(process.hrtime.bigint());
  }
  /** So many nanoseconds after the clock's epoch. @throws TraceError `ERR_TRACE_OVERFLOW`. */
  static fromNanos(nanos: bigint | number): Timestamp {
    return new Timestamp(checkedNanos(checkedInteger(nanos, 'nanos'), 'Timestamp.fromNanos'));
  }

  /** Nanoseconds since the clock's epoch. */
  toNanos(): bigint {
    return this.nanos;
  }
  /** The time from `earlier` to this. @throws TraceError `ERR_TRACE_OVERFLOW` beyond int64. */
  since(earlier: Timestamp): Duration {
    return Duration.fromNanos(checkedNanos(this.nanos - earlier.nanos, 'Timestamp.since'));
  }
  /** A later point. @throws TraceError `ERR_TRACE_OVERFLOW`. */
  plus(duration: Duration): Timestamp {
    return new Timestamp(checkedNanos(this.nanos + duration.nanos, 'Timestamp.plus'));
  }
  /** An earlier point. @throws TraceError `ERR_TRACE_OVERFLOW`. */
  minus(duration: Duration): Timestamp {
    return new Timestamp(checkedNanos(this.nanos - duration.nanos, 'Timestamp.minus'));
  }

  /** -1, 0 or 1 as this is before, at or after `other`. */
  compare(other: Timestamp): -1 | 0 | 1 {
    return compareNanos(this.nanos, other.nanos);
  }
  /** Whether both are the same instant. */
  equals(other: Timestamp): boolean {
    return this.nanos === other.nanos;
  }
  /** Makes `<`, `<=`, `>` and `>=` work; use {@link equals} for equality. */
  valueOf(): bigint {
    return this.nanos;
  }
  /** For people: its nanoseconds and `ns`. */
  toString(): string {
    return `${this.nanos}ns`;
  }
  /** A decimal string: JSON has no int64 that every reader keeps. */
  toJSON(): string {
    return this.nanos.toString();
  }
}

function compareNanos(a: bigint, b: bigint): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}
