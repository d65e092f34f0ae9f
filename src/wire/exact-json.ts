// JSON.parse rounds integers above 2^53. The digits of those that may be larger are kept, as a text with a
// mark before it that no such field has otherwise.

/**
 * A member of a name in `_ns` whose value has 16 digits or more. Within a string its first quote could not be
 * followed by a colon: it would have a backslash before it.
 */
const LONG_NANOS = /([a-z]_ns"\s*:\s*)(-?\d{16,})(?=\s*[,}])/g;
const MARKED = /^#-?(?:0|[1-9]\d{0,18})$/;

/** As JSON.parse, but integers that {@link int64Of} is asked for are exact. @throws SyntaxError. */
export function parseExactJson(text: string): unknown {
  return JSON.parse(text.replace(LONG_NANOS, '$1"#$2"'));
}

/** The integer of 64 bits that a member named `…_ns` has; undefined for anything else. 1.0 is 1. */
export function int64Of(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !MARKED.test(value)) return undefined;
  const found = BigInt(value.slice(1));
  return BigInt.asIntN(64, found) === found ? found : undefined;
}

/** JSON in which bigints are integers; undefined members are left out. */
export function formatExactJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(formatExactJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${formatExactJson(member)}`);
  return `{${members.join(',')}}`;
}
