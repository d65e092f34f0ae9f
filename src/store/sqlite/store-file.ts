import { TraceError } from '../../errors.js';
import type { StoreNotice } from '../options.js';
import type { Connection } from './connection.js';
import { type DatabaseFiles, setAside, type Tampering } from './database-files.js';
import { openDatabase, storeError, UnusableDatabase } from './open-database.js';
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
      this.replace(error.reason, error.message, error.fileId);
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

  /**
   * Sees to what other programs have done to the files of the database.
   *
   * @returns whether all that was committed is where others find it. When not, it was let go, and the next
   * open() goes on with what is there now.
   * @throws TraceError `ERR_TRACE_STORE` when it cannot be known.
   */
  isIntact(): boolean {
    const connection = this.#connection;
    if (connection?.files === undefined) return false;
    try {
      const tampering = connection.files.tampering();
      return tampering === undefined || this.#answer(connection, connection.files, tampering);
    } catch (error) {
      throw this.failed('looked at', error);
    }
  }

  #answer(connection: Connection, files: DatabaseFiles, tampering: Tampering): boolean {
    switch (tampering.what) {
      case 'deleted':
        this.replace('deleted', 'it was deleted or moved while it was open');
        return false;
      case 'emptied':
        this.replace('emptied', 'it was emptied while it was open');
        return false;
      case 'other':
        this.#letGo(() => connection.abandon());
        files.setLogAside();
        this.#onNotice({
          code: 'AEGIS_STORE_REPLACED',
          message: `${this.path} became another file while it was open; events go to that from now on`,
        });
        return false;
      case 'log-removed':
        // It is still open here: what it has goes into the database, and then nothing is lost.
        connection.takeLogIn();
        this.#letGo(() => connection.abandon());
        this.#onNotice({
          code: 'AEGIS_STORE_LOG',
          message:
            `the write-ahead log of ${this.path} was removed while it was open; ` +
            'what it had was taken into the database',
        });
        return true;
      case 'log-empty':
        // Another process that closes the database leaves an empty log, too: then nothing is missing.
        if (connection.isLogWhole()) return true;
        this.replace('cut', 'its write-ahead log was emptied while it was open');
        return false;
      case 'log-cut':
        this.replace('cut', 'its write-ahead log was cut while it was open');
        return false;
    }
  }

  /** Sets aside what is there, so that the next open() makes a new database. */
  replace(reason: string, why: string, fileId = this.#connection?.files?.fileId): void {
    this.#letGo(() => this.#connection?.abandon());
    const isGone = reason === 'deleted';
    let path: string | undefined;
    try {
      path = setAside(this.path, reason, isGone ? undefined : fileId);
    } catch (cause) {
      throw storeError(this.path, 'set aside', cause);
    }
    // Another process was faster: what is there now is its new database.
    if (path === undefined && !isGone) return;
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
