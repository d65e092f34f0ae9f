import { TraceError } from '../errors.js';
import { type ExportMetadata, toSteadyNs } from '../export/export-metadata.js';

/** What `--from` and `--to` may say. */
export type TimeArgument =
  | { kind: 'steady'; ns: bigint }
  | { kind: 'wall'; ns: bigint }
  | { kind: 'offset'; ns: bigint };

const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  min: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const STEADY = /^-?\d{1,19}$/;
const OFFSET = /^\+(\d{1,15})(?:\.(\d{1,9}))?([a-zµμ]+)$/;
const WALL = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/;
const FRACTION_DIGITS = 9;

/**
 * Parses a time: steady nanoseconds (`123456789`), wall time in ISO 8601 with its zone
 * (`2026-07-31T14:23:45.2Z`), or an offset from the earliest event (`+1.5s`, `+200ms`). Exact to
 * the nanosecond.
 *
 * @throws TraceError `ERR_TRACE_OPTION` for anything else.
 */
export function parseTime(option: string, text: string): TimeArgument {
  if (STEADY.test(text)) return { kind: 'steady', ns: BigInt(text) };
  const ns = parseOffset(text);
  if (ns !== undefined) return { kind: 'offset', ns };
  const wall = parseWall(text);
  if (wall !== undefined) return { kind: 'wall', ns: wall };
  throw new TraceError(
    'ERR_TRACE_OPTION',
    `${option} must be steady nanoseconds, an ISO time with its zone such as ` +
      `2026-07-31T14:23:45.2Z, or an offset such as +1.5s; got ${JSON.stringify(text)}`,
  );
}

/** The steady nanoseconds that a time means in a trace. */
export function resolveTime(
  time: TimeArgument,
  clock: ExportMetadata['clock'],
  earliestNs: bigint,
): bigint {
  if (time.kind === 'steady') return time.ns;
  return time.kind === 'wall' ? toSteadyNs(clock, time.ns) : earliestNs + time.ns;
}

function parseOffset(text: string): bigint | undefined {
  const [, whole, fraction = '', unit] = OFFSET.exec(text) ?? [];
  if (whole === undefined || unit === undefined || !Object.hasOwn(UNIT_NANOS, unit)) {
    return undefined;
  }
  const nanosPerUnit = UNIT_NANOS[unit] as bigint;
  // As an integer of billionths of the unit, because 0.1 is no double.
  const billionths = BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'));
  return (billionths * nanosPerUnit) / 10n ** BigInt(FRACTION_DIGITS);
}

function parseWall(text: string): bigint | undefined {
  const [, seconds, fraction = '', zone] = WALL.exec(text) ?? [];
  if (seconds === undefined || zone === undefined) return undefined;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const millis = Date.parse(`${seconds}${offset}`);
  // Date.parse takes 31 June for 1 July; what it took must be what was said.
  const asUtc = Date.parse(`${seconds}Z`);
  if (Number.isNaN(millis) || Number.isNaN(asUtc)) return undefined;
  if (!new Date(asUtc).toISOString().startsWith(seconds)) return undefined;
  return BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(FRACTION_DIGITS, '0'));
}
