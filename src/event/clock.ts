/** One instant on both clocks, by which times of the steady clock become times of day. */
export interface ClockAnchor {
  /** Nanoseconds on the steady clock, int64. */
  readonly steadyNs: bigint;
  /** Nanoseconds since the Unix epoch, of the same instant, int64. */
  readonly wallNs: bigint;
}

/** Whatever has times of one steady clock: a run, or the metadata of its export. */
export interface Anchored {
  /**
   * In order of their steady time, one at least: a further one for each time that the clocks parted (the
   * wall clock was set, or the machine slept).
   */
  readonly anchors: readonly ClockAnchor[];
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * The wall time of an event, in nanoseconds since the Unix epoch, by the anchor of its time: the last one
 * that is not after it, or the first. Defined for every int64; where the sum is none, the nearest int64
 * (1677 or 2262).
 */
export function wallNsOf({ anchors }: Anchored, timestampNs: bigint): bigint {
  let at = anchors.length - 1;
  while (at > 0 && (anchors[at] as ClockAnchor).steadyNs > timestampNs) at--;
  const { steadyNs, wallNs } = anchors[at] as ClockAnchor;
  return saturated(wallNs + (timestampNs - steadyNs));
}

/**
 * The first moment of the steady clock at which the wall clock showed `wallNs` or later. A wall clock that
 * was set back showed some times twice.
 */
export function firstSteadyNsOf({ anchors }: Anchored, wallNs: bigint): bigint {
  for (let at = 0; ; at++) {
    const anchor = anchors[at] as ClockAnchor;
    const ns = anchor.steadyNs + (wallNs - anchor.wallNs);
    const found = at > 0 && ns < anchor.steadyNs ? anchor.steadyNs : ns;
    const next = anchors[at + 1];
    if (next === undefined || found < next.steadyNs) return saturated(found);
  }
}

/** The last moment of the steady clock at which the wall clock showed `wallNs` or earlier. */
export function lastSteadyNsOf({ anchors }: Anchored, wallNs: bigint): bigint {
  for (let at = anchors.length - 1; ; at--) {
    const anchor = anchors[at] as ClockAnchor;
    const ns = anchor.steadyNs + (wallNs - anchor.wallNs);
    if (at > 0 && ns < anchor.steadyNs) continue;
    const next = anchors[at + 1];
    return saturated(next !== undefined && ns >= next.steadyNs ? next.steadyNs - 1n : ns);
  }
}

function saturated(ns: bigint): bigint {
  if (ns > INT64_MAX) return INT64_MAX;
  return ns < INT64_MIN ? INT64_MIN : ns;
}
