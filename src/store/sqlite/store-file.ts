import { TraceError } from '../../errors.js';
import type { StoreNotice } from '../options.js';
import type { Connection } from './connection.js';
import {
  fileIdOf,
  openDatabase,
  setAside,
  setLogAside,
  storeError,
  UnusableDatabase,
} from './open-database.js';
import { resultCode, SQLITE } from './sqlite-driver.js';

/**
 * The database behind a path, for as long as a store is open: opened when it is needed, let go when it
 * fails. One that is damaged, of a newer release, or gone, is set aside and a new one takes its place.
 */
export class StoreFile {
  readonly path: string;
  readonly #onNotice: (notice: StoreNotice) => void;
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  #isClosed = false;

  constructor(path: string, onNotice: (notice: StoreNotice) => void) {
    this.path = path;
    this.#onNotice = onNotice;
  }

  /** Undefined until it is needed, and after it was let go. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** @throws TraceError `ERR_TRACE_CLOSED` after close(). */
  requireOpen(): void {
    if (this.#isClosed)
      throw new TraceError('ERR_TRACE_CLOSED', `the store ${this.path} is closed`);
  }

  /** Opens what is not open. @throws TraceError (rejects) as SqliteStore.open() does. */
  open(): Promise<Connection> {
    this.#opening ??= this.#openNow().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openNow(): Promise<Connection> {
    let connection: Connection;
    try {
      connection = await openDatabase(this.path);
    } catch (error) {
      if (!(error instanceof UnusableDatabase)) throw error;
      this.replace(error.reason, error.message);
      connection = await openDatabase(this.path).catch((again: unknown) => {
        throw storeError(this.path, 'replaced', again);
      });
    }
    if (this.#isClosed) {
      connection.close();
      this.requireOpen();
    }
    this.#connection = connection;
    return connection;
  }

  /** Lets the database go when its path has become another file's: nobody would find what is written to it. */
  noticeMoved(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const fileId = fileIdOf(this.path);
    if (fileId === connection.fileId) return;
    this.#letGo(() => connection.abandon());
    if (fileId === undefined) {
      this.replace('deleted', 'it was deleted or moved while it was open');
      return;
    }
    setLogAside(this.path, connection);
    this.#onNotice({
      code: 'AEGIS_STORE_REPLACED',
      message: `${this.path} became another file while it was open; events go to that from now on`,
    });
  }

  /** Sets aside what is there, so that the next open() makes a new database. */
  replace(reason: string, why: string): void {
    this.#letGo(() => this.#connection?.abandon());
    let path: string | undefined;
    try {
      path = setAside(this.path, reason);
    } catch (cause) {
      throw storeError(this.path, 'set aside', cause);
    }
    const where = path === undefined ? 'nothing of it was left' : `it is kept as ${path}`;
    this.#onNotice({
      code: 'AEGIS_STORE_REPLACED',
      message: `${this.path} is replaced by a new database (${why}); ${where}`,
      path,
    });
  }

  /** What a failure means for the caller; the database is let go when the failure was the disk's. */
  failed(doing: string, error: unknown): TraceError {
    const code = resultCode(error);
    // After a failing disk SQLite may hold on to what it knew before: begin anew next time.
    if (code !== undefined && code !== SQLITE.busy && code !== SQLITE.locked) {
      this.#letGo(() => this.#connection?.abandon());
    }
    return storeError(this.path, doing, error);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening?.catch(() => {});
    this.#letGo(() => this.#connection?.close());
  }

  #letGo(close: () => void): void {
    try {
      close();
    } catch {
      // It was only to be let go.
    }
    this.#connection = undefined;
  }
}
