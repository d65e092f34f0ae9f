import { expected } from '../errors.js';

/** A place in the order in which one database has taken its events in. */
export interface StorePosition {
  /** UUID. Another database has another one, also when it has the same path. */
  readonly database: string;
  /** Of the last event that was read; 0 before the first. Numbers are never used again. */
  readonly number: number;
}

const PATTERN = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,16})$/;

/** As text, for a file or a header: `0f8fad5b-d9cb-469f-a165-70867728950e.4711`. */
export function encodePosition({ database, number }: StorePosition): string {
  return `${database}.${number}`;
}

/** @throws TraceError `ERR_TRACE_QUERY` for what {@link encodePosition} has not written. */
export function decodePosition(text: string): StorePosition {
  const [, database, digits] = (typeof text === 'string' && PATTERN.exec(text)) || [];
  const number = Number(digits);
  if (database !== undefined && Number.isSafeInteger(number)) return { database, number };
  throw expected('ERR_TRACE_QUERY', 'position', 'what encodePosition() wrote', text);
}
