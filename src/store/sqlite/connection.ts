import type { DatabaseFiles } from './database-files.js';
import type { SqlDatabase, SqlStatement, SqlValue } from './sqlite-driver.js';

/** Statements kept; queries differ by which filters they have. */
const STATEMENTS_MAX = 200;

/** A database with its prepared statements. Reads integers as bigint in {@link all}. */
export class Connection {
  readonly database: SqlDatabase;
  /** Of a store's connection. */
  readonly files: DatabaseFiles | undefined;
  readonly #statements = new Map<string, SqlStatement>();
  readonly #arrays = new Map<string, SqlStatement>();
  #durable: boolean | undefined;

  constructor(database: SqlDatabase, files?: DatabaseFiles) {
    this.database = database;
    this.files = files;
  }

  prepare(sql: string): SqlStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= STATEMENTS_MAX) this.#statements.clear();
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** All rows; integers as bigint, because nanoseconds need it. */
  all(sql: string, values: readonly SqlValue[] = []): Record<string, unknown>[] {
    const statement = this.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all(...values);
  }

  /**
   * The same with the values of each row in an array, in the order of the columns, which takes a driver half
   * the time. No two columns may have the same name.
   */
  rows(sql: string, values: readonly SqlValue[] = []): readonly unknown[][] {
    let statement = this.#arrays.get(sql);
    if (statement === undefined) {
      if (this.#arrays.size >= STATEMENTS_MAX) this.#arrays.clear();
      statement = this.database.prepare(sql);
      statement.setReadBigInts(true);
      statement.setReturnArrays?.(true);
      this.#arrays.set(sql, statement);
    }
    const found: readonly unknown[] = statement.all(...values);
    return found.map((row) => (Array.isArray(row) ? row : Object.values(row as object)));
  }

  /** The first column of the first row, as a number; undefined for NULL and without a row. */
  number(sql: string, values: readonly SqlValue[] = []): number | undefined {
    const [value] = Object.values(this.prepare(sql).get(...values) ?? {});
    return value === null || value === undefined ? undefined : Number(value);
  }

  /** The same as text. */
  text(sql: string, values: readonly SqlValue[] = []): string | undefined {
    const [value] = Object.values(this.prepare(sql).get(...values) ?? {});
    return value === null || value === undefined ? undefined : String(value);
  }

  run(sql: string, values: readonly SqlValue[] = []): number {
    return Number(this.prepare(sql).run(...values).changes);
  }

  /** Whether commits wait for the disk. Only between transactions. */
  setDurable(durable: boolean): void {
    if (durable === this.#durable) return;
    this.database.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'NORMAL'}`);
    this.#durable = durable;
  }

  /** Runs `body` in a transaction that holds the write lock from the beginning. */
  transaction<T>(body: () => T): T {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const result = body();
      this.database.exec('COMMIT');
      return result;
    } catch (error) {
      try {
        this.database.exec('ROLLBACK');
      } catch {
        // SQLite has rolled back by itself, as it does when the disk fails.
      }
      throw error;
    }
  }

  /** Takes all of the log into the database. @throws when a reader, or the disk, does not let it. */
  takeLogIn(): void {
    const row = this.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (Number(row?.busy) !== 0) throw new Error('a reader keeps its log from being taken in');
  }

  /**
   * Whether nothing is missing in a log that is empty: all that was in it is in the database. What is not
   * cannot be read any more; then nothing is written to the database.
   */
  isLogWhole(): boolean {
    try {
      this.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Takes the log into the database, if no reader needs it: the package of Node 20 keeps a connection
   * half open until its statements are collected, and then SQLite does not do it.
   */
  close(): void {
    this.#clear();
    try {
      this.database.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // It stays in the log, where the next one to open the database finds it.
    }
    this.abandon();
  }

  /** Closes a database that is not to be touched any more. */
  abandon(): void {
    this.#clear();
    this.database.close();
  }

  #clear(): void {
    this.#statements.clear();
    this.#arrays.clear();
  }
}
