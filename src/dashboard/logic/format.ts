// How times, durations and counts are written. Nanoseconds stay integers of 64 bits.

const NANOS_PER_MILLI = 1_000_000n;
const MINUTE_MS = 60_000;

/** Local times, or UTC. */
export type Zone = 'local' | 'utc';

const two = (value: number): string => String(value).padStart(2, '0');

/** Milliseconds since 1970 and the microseconds of a wall time. */
function partsOf(wallNs: bigint): { ms: number; micros: number } {
  let ms = wallNs / NANOS_PER_MILLI;
  let rest = wallNs % NANOS_PER_MILLI;
  if (rest < 0n) {
    ms -= 1n;
    rest += NANOS_PER_MILLI;
  }
  return { ms: Number(ms), micros: Number(rest / 1_000n) };
}

/** The time of a zone, as if it were UTC. */
function inZone(ms: number, zone: Zone): Date {
  return new Date(zone === 'utc' ? ms : ms - new Date(ms).getTimezoneOffset() * MINUTE_MS);
}

/** `14:23:45.200` */
export function timeText(wallNs: bigint, zone: Zone): string {
  const { ms } = partsOf(wallNs);
  const date = inZone(ms, zone);
  return Number.isNaN(date.getTime()) ? String(wallNs) : date.toISOString().slice(11, 23);
}

/** `2026-07-31 14:23:45.200123`, with the zone. */
export function fullTimeText(wallNs: bigint, zone: Zone): string {
  const { ms, micros } = partsOf(wallNs);
  const date = inZone(ms, zone);
  if (Number.isNaN(date.getTime())) return `${wallNs} ns`;
  const text = date.toISOString().slice(0, 23).replace('T', ' ');
  return `${text}${String(micros).padStart(3, '0')}${zoneText(ms, zone)}`;
}

/** `07-31 14:23`, of milliseconds since 1970. */
export function minuteText(ms: number, zone: Zone): string {
  return inZone(ms, zone).toISOString().slice(5, 16).replace('T', ' ');
}

function zoneText(ms: number, zone: Zone): string {
  if (zone === 'utc') return ' UTC';
  const offset = -new Date(ms).getTimezoneOffset();
  const absolute = Math.abs(offset);
  return ` ${offset < 0 ? '−' : '+'}${two(Math.floor(absolute / 60))}:${two(absolute % 60)}`;
}

const UNITS = [
  [86_400_000_000_000n, 'd'],
  [3_600_000_000_000n, 'h'],
  [60_000_000_000n, 'min'],
  [1_000_000_000n, 's'],
  [1_000_000n, 'ms'],
  [1_000n, 'µs'],
] as const;

/** Three digits and a unit: `1.23 ms`. */
export function durationText(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  const [unitNs, unit] = UNITS.find(([least]) => size >= least) ?? [1n, 'ns'];
  if (unit === 'ns') return `${ns} ns`;
  // Thousandths of the unit are below 2^53 for every int64.
  const amount = Number((ns * 1_000n) / unitNs) / 1_000;
  const digits = Math.abs(amount) >= 100 ? 0 : Math.abs(amount) >= 10 ? 1 : 2;
  return `${amount.toFixed(digits)} ${unit}`;
}

/** `1 234 567`, with narrow spaces that do not break. */
export function countText(count: number | bigint): string {
  return String(count).replaceAll(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

/** `1 event`, `2 345 events` */
export const amountText = (count: number, what: string): string =>
  `${countText(count)} ${what}${count === 1 ? '' : 's'}`;

/** `1 234/s`, `0.25/s`, `3/min`, of so many in a span of time. */
export function rateText(count: number, spanMs: number): string {
  const perS = (count * 1_000) / Math.max(spanMs, 1_000);
  if (perS >= 10) return `${countText(Math.round(perS))}/s`;
  if (perS >= 0.1) return `${perS.toPrecision(2)}/s`;
  return `${(perS * 60).toPrecision(2)}/min`;
}

/** `3 s ago`, `2 h ago`, of milliseconds. */
export function agoText(ms: number): string {
  if (ms < 1_500) return 'now';
  return `${spanText(ms)} ago`;
}

/** `45 s`, `12 min`, `3 h`, `2 d` */
export function spanText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** Milliseconds with three digits: `0.45`, `12.3`. */
export function millisText(ms: number): string {
  return durationText(BigInt(Math.round(ms * 1e6)));
}
