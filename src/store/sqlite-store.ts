import { resolve } from 'node:path';
import { TraceError } from '../errors.js';
import type { PlacedEvent, RunInfo } from '../event/placed-event.js';
import { percentilesOf, statsOf, summarizeProcesses } from './aggregates.js';
import type { Connection } from './connection.js';
import { JOINED, readRow, SELECTED } from './event-row.js';
import type {
  AppendOptions,
  AppendResult,
  EventPage,
  EventStore,
  Percentiles,
  ProcessSummary,
  PurgeOptions,
  PurgeResult,
  StoredEvent,
  StoreQuery,
  StoreStats,
  WallRange,
} from './event-store.js';
import { EventWriter } from './event-writer.js';
import { findEvents } from './find-events.js';
import {
  fileIdOf,
  isDamage,
  openDatabase,
  setAside,
  setLogAside,
  storeError,
  UnusableDatabase,
} from './open-database.js';
import { checkAge, checkOptions, type StoreNotice, type StoreOptions } from './options.js';
import { checkQuery, checkRange, planOf } from './query-plan.js';
import { checkpoint, purgeOlder, walBytesOf } from './retention.js';
import { resultCode, SQLITE } from './sqlite-driver.js';

/** 32 MiB of log, then it is taken into the database: seldom, because that takes tens of milliseconds. */
const CHECKPOINT_PAGES = 4096;
const CHAIN_LIMIT_DEFAULT = 10_000;
/** A log of this size, in bytes, that a reader keeps from shrinking is worth a notice. */
export const WAL_NOTICE_BYTES = 64 * 2 ** 20;

/** Measured: the rows themselves, and the places in the indexes, of which a large batch shares many. */
function pagesOf(events: number): number {
  return events / 10 + Math.min(events, 300);
}

/**
 * Events in a SQLite database in WAL mode. To be used from one thread; several stores, also of
 * several processes, may have the same file open. Appending and each step of everything else is
 * synchronous, so that nothing else of the thread runs within one.
 *
 * A database that is damaged, of a newer release, or gone, is set aside and a new one takes its place.
 */
export class SqliteStore implements EventStore {
  /** Absolute. */
  readonly path: string;
  readonly #retentionMs: number;
  readonly #onNotice: (notice: StoreNotice) => void;
  #connection: Connection | undefined;
  #writer: EventWriter | undefined;
  #isClosed = false;
  #isPinned = false;
  /** Pages that were written to the log since it was last taken in, roughly. */
  #logPages = 0;
  #opening: Promise<Connection> | undefined;
  #maintenance: Promise<PurgeResult> | undefined;

  private constructor({ path, retentionMs, onNotice }: Required<StoreOptions>) {
    this.path = resolve(path as string);
    this.#retentionMs = retentionMs as number;
    this.#onNotice = onNotice as (notice: StoreNotice) => void;
  }

  /**
   * Opens the database, which is made if there is none.
   *
   * @throws TraceError `ERR_TRACE_OPTION`; `ERR_TRACE_PEER` when this Node has no SQLite and there is
   * no package; `ERR_TRACE_STORE` when the file cannot be opened.
   */
  static async open(options: StoreOptions = {}): Promise<SqliteStore> {
    const store = new SqliteStore(checkOptions(options));
    await store.#open();
    return store;
  }

  async append(
    run: RunInfo,
    events: readonly PlacedEvent[],
    { durable = false }: AppendOptions = {},
  ): Promise<AppendResult> {
    this.#requireOpen();
    if (this.#connection !== undefined) this.#noticeMoved(this.#connection);
    if (this.#connection === undefined) await this.#open();
    try {
      return this.#appendNow(run, events, durable);
    } catch (error) {
      if (!isDamage(error)) throw this.#failed('appended to', error);
      this.#replace('corrupt', (error as Error).message);
    }
    // What was damaged is gone, and with it whatever of this batch it may have had.
    await this.#open();
    try {
      return this.#appendNow(run, events, durable);
    } catch (error) {
      throw this.#failed('appended to', error);
    }
  }

  query(query?: StoreQuery): Promise<EventPage> {
    return this.#read((connection) => findEvents(connection, checkQuery(query)));
  }

  chain(
    requestId: string,
    { limit = CHAIN_LIMIT_DEFAULT }: { limit?: number | undefined } = {},
  ): Promise<StoredEvent[]> {
    return this.#read((connection) => {
      if (requestId === '') {
        throw new TraceError('ERR_TRACE_QUERY', 'requestId must be a non-empty string; got ""');
      }
      const { streams } = planOf(connection, checkQuery({ requestId }));
      return streams.flatMap((stream) =>
        connection
          .all(
            `${stream.with} SELECT ${SELECTED} FROM ${stream.from} ${JOINED}
             WHERE ${stream.indexed.sql} ORDER BY e.ts, e.timestamp_ns, e.run, e.place LIMIT ?`,
            [...stream.withValues, ...stream.indexed.values, limit],
          )
          .map(readRow),
      );
    });
  }

  processes(range: WallRange = {}): Promise<ProcessSummary[]> {
    return this.#read((connection) => {
      checkRange(range);
      return summarizeProcesses(connection, range);
    });
  }

  percentiles(process: string, range: WallRange = {}): Promise<Percentiles> {
    return this.#read((connection) => {
      checkQuery({ process, ...range });
      return percentilesOf(connection, process, range);
    });
  }

  stats(): Promise<StoreStats> {
    return this.#read((connection) => statsOf(connection, walBytesOf(this.path)));
  }

  /** Steps of 500 events, a transaction each; then what was freed is given back to the file system. */
  async purge(olderThanMs: number, options: PurgeOptions = {}): Promise<PurgeResult> {
    checkAge('olderThanMs', olderThanMs, 0);
    return this.#read(async (first) => {
      try {
        // Ends early when the database is replaced or closed meanwhile.
        return await purgeOlder(
          () => (this.#connection === first ? first : undefined),
          olderThanMs,
          options,
        );
      } finally {
        this.#writer?.forget();
      }
    });
  }

  /** Purges what is older than the retention, and takes the write-ahead log into the database. */
  maintain(options: PurgeOptions = {}): Promise<PurgeResult> {
    // A second one at the same time would only be in the way of the first.
    this.#maintenance ??= this.#maintain(options).finally(() => {
      this.#maintenance = undefined;
    });
    return this.#maintenance;
  }

  async #maintain(options: PurgeOptions): Promise<PurgeResult> {
    const result = await this.purge(this.#retentionMs, options);
    await this.#read((connection) => {
      this.#logPages = 0;
      const pinnedBytes = checkpoint(connection);
      const isPinned = pinnedBytes > 0 && walBytesOf(this.path) > WAL_NOTICE_BYTES;
      if (isPinned && !this.#isPinned) {
        this.#onNotice({
          code: 'AEGIS_STORE_WAL',
          message:
            `${this.path}-wal is over ${WAL_NOTICE_BYTES / 2 ** 20} MB and cannot shrink: ` +
            'a reader has had a transaction open since before that was written',
        });
      }
      this.#isPinned = isPinned;
    });
    return result;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening?.catch(() => {});
    const connection = this.#connection;
    this.#drop(() => connection?.close());
  }

  #requireOpen(): void {
    if (this.#isClosed)
      throw new TraceError('ERR_TRACE_CLOSED', `the store ${this.path} is closed`);
  }

  async #read<T>(body: (connection: Connection) => T | Promise<T>): Promise<T> {
    this.#requireOpen();
    const connection = this.#connection ?? (await this.#open());
    try {
      return await body(connection);
    } catch (error) {
      if (this.#isClosed) this.#requireOpen();
      throw this.#failed('read', error);
    }
  }

  #appendNow(run: RunInfo, events: readonly PlacedEvent[], durable: boolean): AppendResult {
    const result = this.#writerOf().append(run, events, durable);
    const before = this.#logPages;
    this.#logPages += pagesOf(events.length);
    // After this turn: whoever waits for the batch does not wait for this.
    if (before < CHECKPOINT_PAGES && this.#logPages >= CHECKPOINT_PAGES) {
      setImmediate(() => this.#checkpoint());
    }
    return result;
  }

  #checkpoint(): void {
    this.#logPages = 0;
    try {
      if (this.#connection !== undefined) checkpoint(this.#connection);
    } catch {
      // The disk fails: the next append says so, and the log still has everything.
    }
  }

  #writerOf(): EventWriter {
    this.#requireOpen();
    this.#writer ??= new EventWriter(this.#connection as Connection);
    return this.#writer;
  }

  #open(): Promise<Connection> {
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
      this.#replace(error.reason, error.message);
      connection = await openDatabase(this.path).catch((again: unknown) => {
        throw storeError(this.path, 'replaced', again);
      });
    }
    if (this.#isClosed) {
      connection.close();
      this.#requireOpen();
    }
    this.#connection = connection;
    return connection;
  }

  /** Nobody would find what is written to a file that has lost its name. */
  #noticeMoved(connection: Connection): void {
    const fileId = fileIdOf(this.path);
    if (fileId === connection.fileId) return;
    this.#drop();
    if (fileId !== undefined) setLogAside(this.path, connection);
    else {
      this.#replace('deleted', 'it was deleted or moved while it was open');
      return;
    }
    this.#onNotice({
      code: 'AEGIS_STORE_REPLACED',
      message: `${this.path} became another file while it was open; events go to that from now on`,
    });
  }

  #replace(reason: string, why: string): void {
    this.#drop();
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

  #drop(close = () => this.#connection?.abandon()): void {
    this.#writer = undefined;
    try {
      close();
    } catch {
      // It was only to be let go.
    }
    this.#connection = undefined;
  }

  #failed(doing: string, error: unknown): TraceError {
    const code = resultCode(error);
    // After a failing disk SQLite may hold on to what it knew before: begin anew next time.
    if (code !== undefined && code !== SQLITE.busy && code !== SQLITE.locked) this.#drop();
    return storeError(this.path, doing, error);
  }
}
