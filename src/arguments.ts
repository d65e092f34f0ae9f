import { expected, type TraceErrorCode } from './errors.js';

// The one way in which options and other arguments are checked: each function gives back a value of
// the type that it names, or throws a TraceError that says which option, what was expected, what came.

/** What a check says when it fails. Default code: `ERR_TRACE_OPTION`. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** For `undefined`; without it, `undefined` is refused. */
  readonly fallback?: number | undefined;
}

/**
 * An object that has none but the named fields; a misspelt one would look like its default.
 *
 * @throws TraceError `code`.
 */
export function objectWith(
  value: unknown,
  name: string,
  fields: readonly string[],
  code: TraceErrorCode = 'ERR_TRACE_OPTION',
): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw expected(code, name, 'an object', value);
  }
  const unknown = Object.keys(value).find((key) => !fields.includes(key));
  if (unknown === undefined) return value;
  throw expected(code, `a field of ${name}`, `one of ${fields.join(', ')}`, unknown);
}

/** @throws TraceError `code`. */
export function integerIn(
  value: unknown,
  name: string,
  { min, max, fallback }: NumberRange,
  code: TraceErrorCode = 'ERR_TRACE_OPTION',
): number {
  if (value === undefined && fallback !== undefined) return fallback;
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) {
    return value as number;
  }
  throw expected(code, name, `an integer from ${min} to ${max}`, value);
}

/** @throws TraceError `code`. */
export function numberIn(
  value: unknown,
  name: string,
  { min, max, fallback }: NumberRange,
  code: TraceErrorCode = 'ERR_TRACE_OPTION',
): number {
  if (value === undefined && fallback !== undefined) return fallback;
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw expected(code, name, `a number from ${min} to ${max}`, value);
}

/** @throws TraceError `code` for the empty string too. */
export function optionalText(
  value: unknown,
  name: string,
  code: TraceErrorCode = 'ERR_TRACE_OPTION',
): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw expected(code, name, 'a non-empty string', value);
}

/** @throws TraceError `code`. */
export function booleanOr(
  value: unknown,
  name: string,
  fallback: boolean,
  code: TraceErrorCode = 'ERR_TRACE_OPTION',
): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? fallback;
  throw expected(code, name, 'a boolean', value);
}
