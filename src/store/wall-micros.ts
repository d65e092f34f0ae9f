import type { WallRange } from './event-store.js';

// Wall time as stores keep it: whole microseconds since the Unix epoch.

/** 2255-06-05: what a number still holds exactly. Earlier than 1684-07-28 is as far the other way. */
const MICROS_MAX = Number.MAX_SAFE_INTEGER;

/** The whole microsecond of a wall time in nanoseconds; times beyond 1684 and 2255 are taken for these. */
export function wallMicros(wallNs: bigint): number {
  const micros = wallNs / 1000n;
  const floor = wallNs < 0n && micros * 1000n !== wallNs ? micros - 1n : micros;
  return Math.max(-MICROS_MAX, Math.min(MICROS_MAX, Number(floor)));
}

/** A span of wall time in microseconds, both ends inclusive. */
export interface MicroSpan {
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** The microseconds of a range, which is all time where it has no end. */
export function spanOf({ from, to }: WallRange): MicroSpan {
  return {
    fromMicros: from === undefined ? -MICROS_MAX : wallMicros(from + 999n),
    toMicros: to === undefined ? MICROS_MAX : wallMicros(to),
  };
}
