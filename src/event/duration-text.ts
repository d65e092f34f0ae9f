/** Nanoseconds of the units that durations are written in, the smallest first. */
const UNIT_NANOS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n], // micro sign
  ['μs', 1_000n], // Greek mu
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['min', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
/** For a person who has written none. */
export const DURATION_UNITS = 'ns, us, ms, s, m, h';
/** Units in which durations are written, the largest first. */
const WRITTEN = ['h', 'm', 's', 'ms', 'us'] as const;

const AMOUNT = /^(\d{1,19})(?:\.(\d{1,9}))?([a-zµμ]+)$/;
const FRACTION_DIGITS = 9;

/** Nanoseconds of `1.5ms`, `2h`; exact, a fraction of a nanosecond is cut off. Undefined for anything else, also without a unit. */
export function parseDurationText(text: string): bigint | undefined {
  const [, whole, fraction = '', unit = ''] = AMOUNT.exec(text) ?? [];
  const nanosPerUnit = UNIT_NANOS.get(unit);
  if (whole === undefined || nanosPerUnit === undefined) return undefined;
  // As an integer of billionths of the unit, because 0.1 is no double.
  const billionths = BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'));
  return (billionths * nanosPerUnit) / 10n ** BigInt(FRACTION_DIGITS);
}

/** Writes a duration of 0 or more so that it is read back exactly: `5ms`, `90s`, `1500001ns`. */
export function formatDurationText(nanos: bigint): string {
  if (nanos === 0n) return '0ns';
  const unit = WRITTEN.find((name) => nanos % (UNIT_NANOS.get(name) as bigint) === 0n);
  return unit === undefined ? `${nanos}ns` : `${nanos / (UNIT_NANOS.get(unit) as bigint)}${unit}`;
}
