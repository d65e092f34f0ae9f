import { wallMicros } from '../wall-micros.js';

const MICROS_PER_SECOND = 1_000_000;
const WIDTH = 6;

let cachedSecond = Number.NaN;
let cachedText = '';
let cachedReadSecond = '';
let cachedReadMicros = 0;

/** `2026-07-31 14:23:45.200000`, UTC, as SQLite's datetime() has it, so that texts compare as times do. */
export function wallText(micros: number): string {
  const second = Math.floor(micros / MICROS_PER_SECOND);
  if (second !== cachedSecond) {
    // Most events are of the second of the one before.
    const iso = new Date(second * 1000).toISOString();
    cachedText = `${iso.slice(0, 10)} ${iso.slice(11, 19)}.`;
    cachedSecond = second;
  }
  return cachedText + String(micros - second * MICROS_PER_SECOND).padStart(WIDTH, '0');
}

/** Reads {@link wallText} back, as nanoseconds since the Unix epoch. */
export function readWallText(text: string): bigint {
  return BigInt(wallMicrosOfText(text)) * 1000n;
}

/** The first text at or after a time. */
export const textFrom = (wallNs: bigint): string => wallText(wallMicros(wallNs + 999n));

/** The last text at or before a time. */
export const textTo = (wallNs: bigint): string => wallText(wallMicros(wallNs));

/** Reads {@link wallText} back, as microseconds since the Unix epoch. */
export function wallMicrosOfText(text: string): number {
  const second = text.slice(0, 19);
  if (second !== cachedReadSecond) {
    cachedReadMicros = Date.parse(`${second.slice(0, 10)}T${second.slice(11)}Z`) * 1000;
    cachedReadSecond = second;
  }
  return cachedReadMicros + Number(text.slice(20));
}
