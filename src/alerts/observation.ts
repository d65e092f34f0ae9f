import type { Observation } from './alert-state.js';

/** Requests that a rule is about, at most. */
export const REQUESTS_MAX = 1_000;

/** What the first column of the first row says. */
export function observationOf(value: unknown): Observation {
  if (value === undefined || value === null) return { kind: 'no_data' };
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'bigint') return { kind: 'value', value: Number(number) };
  if (typeof number === 'number' && Number.isFinite(number)) {
    return { kind: 'value', value: number };
  }
  return { kind: 'error', message: `the first column must be a number; it is ${typeof value}` };
}

/** A query without the semicolon of its end: it is to stand within another one. */
export const withoutEnd = (sql: string): string => sql.replace(/[;\s]+$/, '\n');
