import { TraceError } from '../../errors.js';

/** What a statement may be given. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** What we use of a prepared statement; the same in both drivers. */
export interface SqlStatement {
  run(...values: SqlValue[]): { changes: number | bigint };
  get(...values: SqlValue[]): Record<string, unknown> | undefined;
  all(...values: SqlValue[]): Record<string, unknown>[];
  setReadBigInts(enabled: boolean): void;
  /** Not in Node 22 before 22.16. */
  setReturnArrays?(enabled: boolean): void;
}

/** What we use of a database connection. */
export interface SqlDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  close(): void;
}

interface Driver {
  DatabaseSync: new (path: string | URL, options?: { readOnly?: boolean }) => SqlDatabase;
}

/** SQLite's result codes that decide what happens next: https://sqlite.org/rescode.html */
export const SQLITE = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  cannotOpen: 14,
  tooBig: 18,
  constraint: 19,
  mismatch: 20,
  notADatabase: 26,
  /** An extended code: the file ends where a page should be. */
  shortRead: 522,
} as const;

/** The primary result code of an error of either driver; undefined when it is not SQLite's. */
export function resultCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  // The upper bytes tell kinds of the same failure apart.
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : undefined;
}

let loaded: Promise<Driver> | undefined;

/**
 * The SQLite of this Node, or where it has none the package with the same interface.
 *
 * @throws TraceError `ERR_TRACE_PEER` when neither is there.
 */
export function loadDriver(): Promise<Driver> {
  loaded ??= findDriver();
  return loaded;
}

async function findDriver(): Promise<Driver> {
  const builtIn = process.getBuiltinModule?.('node:sqlite') as Driver | undefined;
  if (builtIn !== undefined) return builtIn;
  try {
    return (await import('@photostructure/sqlite')) as unknown as Driver;
  } catch (cause) {
    loaded = undefined; // it may be installed meanwhile
    throw new TraceError(
      'ERR_TRACE_PEER',
      'the store needs Node 22.13 or later, or the optional dependency @photostructure/sqlite: ' +
        'npm install @photostructure/sqlite',
      { cause },
    );
  }
}
