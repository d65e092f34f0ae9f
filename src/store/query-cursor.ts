import { createHash } from 'node:crypto';
import { TraceError } from '../errors.js';
import type { CheckedQuery } from './check-query.js';

// Where the next page of a query begins, as a text for its reader to give back.

/** Cursors of one query do not fit another one. */
function fingerprint({ filter, order }: CheckedQuery): string {
  const text = JSON.stringify([order, filter], (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}

/** @param parts - that name a place in the order of pages, none with a `|` but the last one. */
export function writeQueryCursor(query: CheckedQuery, parts: readonly string[]): string {
  return Buffer.from([fingerprint(query), ...parts].join('|')).toString('base64url');
}

/** @throws TraceError `ERR_TRACE_QUERY` for one of another query, and for parts that are not as they must be. */
export function readQueryCursor(
  query: CheckedQuery,
  cursor: string,
  patterns: readonly RegExp[],
): string[] {
  const [print, ...parts] = Buffer.from(cursor, 'base64url').toString().split('|');
  const last = patterns.length - 1;
  const found = [...parts.slice(0, last), parts.slice(last).join('|')];
  const isOurs = print === fingerprint(query) && patterns.every((p, i) => p.test(found[i] ?? ''));
  if (isOurs) return found;
  throw new TraceError(
    'ERR_TRACE_QUERY',
    'cursor must be the `next` of a page of the same filter and order',
  );
}
