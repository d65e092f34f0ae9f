import { TraceError } from '../errors.js';
import { parseDurationText } from '../event/duration-text.js';

/** What `--from` and `--to` may say. */
export type TimeArgument =
  /** Steady nanoseconds, and said so. */
  | { kind: 'steady'; ns: bigint }
  /** A bare number: steady nanoseconds, as files have them, or a time since 1970 of some unit. */
  | { kind: 'number'; ns: bigint }
  /** Nanoseconds since 1970. */
  | { kind: 'wall'; ns: bigint }
  /** From the earliest event on. */
  | { kind: 'after'; ns: bigint }
  /** Back from the latest event. */
  | { kind: 'before'; ns: bigint };

/** For the help of commands that take a time. */
export const TIME_HELP = `
TIME is one of
  2026-07-31T14:23:45.2Z       wall time with its zone
  '2026-07-31 14:23:45.2'      UTC, as the store's ts has it
  1785507825s, …ms, …us, …ns   since 1970, with its unit; fractions are taken
  +1.5s, -5m                   after the earliest event, before the latest (ns, us, ms, s, m, h)
  123456789steady              steady nanoseconds, as timestamp_ns in the file
  123456789                    the same, where it cannot be a time since 1970 as well`;

const STEADY = /^(-?\d{1,19})(steady)?$/;
const WALL =
  /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)| (\d\d:\d\d:\d\d))(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/;
const FRACTION_DIGITS = 9;
/** 2001: what is since 1970 and before that was meant as an offset. */
const SINCE_1970_MIN_NS = 978_307_200n * 1_000_000_000n;

/**
 * Parses a time: see {@link TIME_HELP}. Exact to the nanosecond.
 *
 * @throws TraceError `ERR_TRACE_OPTION` for anything else.
 */
export function parseTime(option: string, text: string): TimeArgument {
  const [, digits, suffix] = STEADY.exec(text) ?? [];
  if (digits !== undefined) {
    return { kind: suffix === undefined ? 'number' : 'steady', ns: BigInt(digits) };
  }
  const amount = parseAmount(option, text);
  if (amount !== undefined) return amount;
  const wall = parseWall(text);
  if (wall !== undefined) return { kind: 'wall', ns: wall };
  throw new TraceError(
    'ERR_TRACE_OPTION',
    `${option} must be an ISO time with its zone such as 2026-07-31T14:23:45.2Z, a time since 1970 ` +
      'with its unit such as 1785507825200ms, an offset such as +1.5s or -5m, or steady nanoseconds; ' +
      `got ${JSON.stringify(text)}`,
  );
}

/** An offset with its sign, or without one a time since 1970. */
function parseAmount(option: string, text: string): TimeArgument | undefined {
  const sign = text[0] === '+' || text[0] === '-' ? text[0] : '';
  const ns = parseDurationText(text.slice(sign.length));
  if (ns === undefined) return undefined;
  if (sign === '+') return { kind: 'after', ns };
  if (sign === '-') return { kind: 'before', ns };
  if (ns >= SINCE_1970_MIN_NS) return { kind: 'wall', ns };
  throw new TraceError(
    'ERR_TRACE_OPTION',
    `${option} ${text} would be a time since 1970, before 2001: write +${text} for after the earliest ` +
      `event, -${text} for before the latest`,
  );
}

/** ISO 8601 with its zone; with a space instead of the T it is the store's, in UTC if there is no zone. */
function parseWall(text: string): bigint | undefined {
  const [, date, isoTime, storeTime, fraction = '', zone] = WALL.exec(text) ?? [];
  const time = isoTime ?? storeTime;
  if (date === undefined || time === undefined) return undefined;
  if (zone === undefined && storeTime === undefined) return undefined;
  const seconds = `${date}T${time}`;
  const offset = zone?.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : (zone ?? 'Z');
  const millis = Date.parse(`${seconds}${offset}`);
  // Date.parse takes 31 June for 1 July; what it took must be what was said.
  const asUtc = Date.parse(`${seconds}Z`);
  if (Number.isNaN(millis) || Number.isNaN(asUtc)) return undefined;
  if (!new Date(asUtc).toISOString().startsWith(seconds)) return undefined;
  return BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(FRACTION_DIGITS, '0'));
}
