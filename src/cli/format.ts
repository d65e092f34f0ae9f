import { type Anchored, wallNsOf } from '../event/clock.js';

const COUNT = new Intl.NumberFormat('en-US');
const UNITS = [
  { name: 's', nanos: 1e9 },
  { name: 'ms', nanos: 1e6 },
  { name: 'µs', nanos: 1e3 },
] as const;

// 999.96 µs would be shown as 1000 µs: it is 1.00 ms.
const ROUNDS_UP = 0.9995;

/** `1,234,567` */
export function formatCount(count: number | bigint): string {
  return COUNT.format(count);
}

/** A duration to three or four digits: `0 ns`, `45.0 µs`, `1.25 s`, `3,600 s`. */
export function formatNanos(nanos: bigint): string {
  const value = Number(nanos);
  const unit = UNITS.find((candidate) => Math.abs(value) >= candidate.nanos * ROUNDS_UP);
  if (unit === undefined) return `${nanos} ns`;
  const scaled = value / unit.nanos;
  const size = Math.abs(scaled);
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const digits = size >= 1000 ? COUNT.format(Math.round(scaled)) : scaled.toFixed(decimals);
  return `${digits} ${unit.name}`;
}

/** An offset with its sign: `+1.25 s`. */
export function formatOffset(nanos: bigint): string {
  return nanos < 0n ? formatNanos(nanos) : `+${formatNanos(nanos)}`;
}

/** A rate to three digits: `0.0125`, `45.1`, `1,234`. */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return '-';
  return perSecond >= 100 ? COUNT.format(Math.round(perSecond)) : perSecond.toPrecision(3);
}

/**
 * A moment of the steady clock as ISO 8601 in UTC with nanoseconds, by the clock anchors of its trace;
 * `--from` and `--to` read it back exactly. Where nothing places it in wall time: `123456789steady`.
 */
export function formatWallTime(clock: Anchored | undefined, steadyNs: bigint): string {
  if (clock === undefined) return `${steadyNs}steady`;
  const wallNs = wallNsOf(clock, steadyNs);
  const subMillis = ((wallNs % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const iso = new Date(Number((wallNs - subMillis) / 1_000_000n)).toISOString();
  return `${iso.slice(0, -1)}${subMillis.toString().padStart(6, '0')}Z`;
}
