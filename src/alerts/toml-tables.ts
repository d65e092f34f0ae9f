import { show, TraceError } from '../errors.js';
import { parseDurationText } from '../event/duration-text.js';

// What is read of the tables of TOML files, with the place of what is wrong.

const DURATION_MAX_MS = 366 * 86_400_000;
const NANOS_PER_MILLI = 1_000_000n;

export type Table = Record<string, unknown>;

/** Milliseconds of `90s`, `5m`. */
export function durationOf(
  value: unknown,
  key: string,
  at: Places,
  index: number,
  { fallbackMs, minMs = 0 }: { fallbackMs: number; minMs?: number },
): number {
  if (value === undefined) return fallbackMs;
  const nanos = typeof value === 'string' ? parseDurationText(value) : undefined;
  const ms = nanos === undefined ? Number.NaN : Number(nanos / NANOS_PER_MILLI);
  if (ms >= minMs && ms <= DURATION_MAX_MS) return ms;
  const least = minMs === 0 ? '' : `, at least ${minMs / 1_000}s`;
  throw at.problem(index, key, `${key} must be a duration such as "90s", "5m"${least}`, value);
}

/** TOML's integers may come as bigints. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** One of some names. */
export function nameOf<T extends string>(
  value: unknown,
  names: readonly T[],
  key: string,
  at: Places,
  index: number,
): T {
  if (names.includes(value as T)) return value as T;
  throw at.problem(index, key, `${key} must be one of ${names.join(', ')}`, value);
}

export function tableOf(
  value: unknown,
  name: string,
  at: Places,
  index: number | undefined,
): Table {
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isTable) return value as Table;
  throw at.problem(index, name, `${name} must be a table`, value);
}

export function checkKeys(
  table: Table,
  keys: readonly string[],
  name: string,
  at: Places,
  index: number | undefined,
): void {
  const unknown = Object.keys(table).find((key) => !keys.includes(key));
  if (unknown === undefined) return;
  throw at.problem(index, unknown, `a key of ${name} must be one of ${keys.join(', ')}`, unknown);
}

/** Where a key stands in the text. */
export class Places {
  readonly #lines: readonly string[];
  readonly #file: string;
  readonly #itemHeader: RegExp;

  /** @param itemHeader - the line with which each table of the list begins, such as `[[alerts.rule]]`. */
  constructor(text: string, file: string, itemHeader: RegExp) {
    this.#lines = text.split('\n');
    this.#file = file;
    this.#itemHeader = itemHeader;
  }

  /** @param index - in the list; undefined for what stands before it. */
  problem(index: number | undefined, key: string, expectation: string, got: unknown): TraceError {
    const place = `${this.#file}, line ${this.#lineOf(index, key)}`;
    return new TraceError('ERR_TRACE_OPTION', `${place}: ${expectation}; got ${show(got)}`);
  }

  #lineOf(index: number | undefined, key: string): number {
    const isKey = new RegExp(`^\\s*["']?${key.replaceAll(/\W/g, '\\$&')}["']?\\s*[=.]`);
    let item = -1;
    let header = 1;
    for (const [at, line] of this.#lines.entries()) {
      if (this.#itemHeader.test(line)) item++;
      if (item === (index ?? -1)) {
        if (this.#itemHeader.test(line) || /^\s*\[\s*alerts\s*\]/.test(line)) header = at + 1;
        if (line.replaceAll(/\s/g, '') === `[alerts.${key}]`) return at + 1;
        if (isKey.test(line)) return at + 1;
      }
    }
    return header;
  }
}
