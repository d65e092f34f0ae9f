import { TraceError } from '../errors.js';
import { type Anchored, firstSteadyNsOf, lastSteadyNsOf, wallNsOf } from '../event/clock.js';
import type { SteadyRange } from '../event/event-filter.js';
import { formatWallTime } from './format.js';
import type { TimeArgument } from './time-argument.js';
import type { TraceExtent, TraceSource } from './trace-source.js';

/** What `--from` and `--to` mean in a trace. */
type Option = '--from' | '--to';

/** Units of times since 1970, with the numbers that are of the years 2001 to 2100 in them. */
const SINCE_1970 = ['s', 'ms', 'us', 'ns'].map((unit, power) => {
  const perSecond = 1000n ** BigInt(power);
  return {
    unit,
    min: 978_307_200n * perSecond,
    max: 4_133_980_800n * perSecond,
    nanos: 1_000_000_000n / perSecond,
  };
});

/**
 * The span of steady time that two options ask for.
 *
 * @throws TraceError `ERR_TRACE_OPTION` for a number that may be two times, or a wall time where nothing
 * places events in wall time.
 */
export async function timeWindow(
  { from, to }: { from?: TimeArgument | undefined; to?: TimeArgument | undefined },
  source: TraceSource,
): Promise<SteadyRange> {
  if (from === undefined && to === undefined) return {};
  const { clock } = await source.head();
  const needsExtent = [from, to].some(
    (time) => time?.kind === 'after' || time?.kind === 'before' || maySince1970(time),
  );
  const extent = needsExtent ? await source.extent() : undefined;
  return {
    start: from && resolveTime('--from', from, clock, extent),
    end: to && resolveTime('--to', to, clock, extent),
  };
}

/** Steady nanoseconds. @throws TraceError as {@link timeWindow}. */
export function resolveTime(
  option: Option,
  time: TimeArgument,
  clock: Anchored | undefined,
  extent: TraceExtent | undefined,
): bigint {
  switch (time.kind) {
    case 'steady':
      return time.ns;
    case 'after':
      return (extent?.firstNs ?? 0n) + time.ns;
    case 'before':
      return (extent?.lastNs ?? 0n) - time.ns;
    case 'wall':
      return fromWall(option, time.ns, clock);
    case 'number':
      return fromNumber(option, time.ns, clock, extent);
  }
}

function fromWall(option: Option, wallNs: bigint, clock: Anchored | undefined): bigint {
  if (clock === undefined) {
    throw new TraceError(
      'ERR_TRACE_OPTION',
      `${option}: nothing in this file places its events in wall time: give steady nanoseconds, or an ` +
        'offset such as +1.5s or -5m',
    );
  }
  return option === '--from' ? firstSteadyNsOf(clock, wallNs) : lastSteadyNsOf(clock, wallNs);
}

function maySince1970(time: TimeArgument | undefined): boolean {
  return (
    time?.kind === 'number' && SINCE_1970.some(({ min, max }) => time.ns >= min && time.ns <= max)
  );
}

/**
 * Told apart by the trace: a number is what lies within it. What is outside of it as steady nanoseconds,
 * and a plausible time since 1970, is refused: taken for the wrong one it finds nothing, or everything.
 */
function fromNumber(
  option: Option,
  ns: bigint,
  clock: Anchored | undefined,
  extent: TraceExtent | undefined,
): bigint {
  const unit = SINCE_1970.find(({ min, max }) => ns >= min && ns <= max);
  if (unit === undefined || extent === undefined) return ns;
  const { firstNs, lastNs } = extent;
  const wallNs = ns * unit.nanos;
  const isSteady = ns >= firstNs && ns <= lastNs;
  const isWall =
    clock !== undefined && wallNs >= wallNsOf(clock, firstNs) && wallNs <= wallNsOf(clock, lastNs);
  if (isSteady && !isWall) return ns;
  if (isWall && !isSteady) return fromWall(option, wallNs, clock);
  const epoch = { anchors: [{ steadyNs: 0n, wallNs: 0n }] };
  throw new TraceError(
    'ERR_TRACE_OPTION',
    `${option} ${ns} may be steady nanoseconds or a time since 1970: write ${ns}steady, or ` +
      `${ns}${unit.unit} for ${formatWallTime(epoch, wallNs)}`,
  );
}
