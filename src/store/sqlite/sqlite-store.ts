import { resolve } from 'node:path';
import type { AppendOptions, AppendResult } from '../../event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import type { AlertStore, AlertTexts, KeptTexts } from '../alert-store.js';
import {
  checkAppend,
  checkBuckets,
  checkChain,
  checkFollow,
  checkLease,
  checkPlace,
  checkPurge,
  checkQuery,
  checkRange,
  checkRequests,
  requireName,
} from '../check-query.js';
import type {
  CallGraph,
  EventPage,
  EventPlace,
  EventStore,
  FollowerLease,
  FollowerState,
  FollowOptions,
  FollowPage,
  ForeignBatch,
  Overview,
  Percentiles,
  ProcessSummary,
  PurgeOptions,
  PurgeResult,
  RequestPage,
  RequestQuery,
  RunBatch,
  StoredEvent,
  StoredRun,
  StoreQuery,
  StoreStats,
  TrendBucket,
  WallRange,
} from '../event-store.js';
import { foreignRun } from '../foreign-run.js';
import {
  type CheckedStoreOptions,
  checkAge,
  checkOptions,
  type StoreNotice,
  type StoreOptions,
} from '../options.js';
import type { StorePosition } from '../position.js';
import type { Project, ProjectStore } from '../project-store.js';
import { runOf, runsOf, statsOf, summarizeProcesses } from './aggregates.js';
import { findAlerts, removeNotice, saveAlerts } from './alerts.js';
import { Archive } from './archive.js';
import type { Connection } from './connection.js';
import { walBytesOf } from './database-files.js';
import { EventWriter } from './event-writer.js';
import { findEdges } from './find-edges.js';
import { findChain, findEvent, findEvents } from './find-events.js';
import { findRequests } from './find-requests.js';
import { endOf, followFrom, leaseOf } from './follow.js';
import { isDamage } from './open-database.js';
import { overviewOf } from './overview.js';
import { percentilesOf } from './percentiles.js';
import { createProject, findProjects, switchTracing } from './projects.js';
import { checkpoint, Retention } from './retention.js';
import { StoreFile } from './store-file.js';
import { trendOf } from './trend.js';

/** 32 MiB of log, then it is taken into the database: seldom, because that takes tens of milliseconds. */
const CHECKPOINT_PAGES = 4096;
/** A database that is tampered with as often while one batch is appended is given back to the caller. */
const APPEND_ATTEMPTS_MAX = 3;
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
export class SqliteStore implements EventStore, ProjectStore, AlertStore {
  readonly #file: StoreFile;
  readonly #retentionMs: number;
  readonly #onNotice: (notice: StoreNotice) => void;
  readonly #archive: Archive | undefined;
  #writer: EventWriter | undefined;
  #retention: Retention | undefined;
  #isPinned = false;
  /** Pages that were written to the log since it was last taken in, roughly. */
  #logPages = 0;
  #maintenance: Promise<PurgeResult> | undefined;

  private constructor({ path, retentionMs, archive, onNotice }: CheckedStoreOptions) {
    this.#retentionMs = retentionMs;
    this.#onNotice = onNotice;
    this.#file = new StoreFile(resolve(path), onNotice);
    if (archive === undefined) return;
    const openDay = (day: string): Promise<SqliteStore> =>
      SqliteStore.open({ path: day, onNotice });
    this.#archive = new Archive(resolve(archive), openDay, onNotice);
  }

  /**
   * Opens the database, which is made if there is none.
   *
   * @throws TraceError `ERR_TRACE_OPTION`; `ERR_TRACE_PEER` when this Node has no SQLite and there is
   * no package; `ERR_TRACE_STORE` when the file cannot be opened.
   */
  static async open(options: StoreOptions = {}): Promise<SqliteStore> {
    const store = new SqliteStore(checkOptions(options));
    await store.#file.open();
    return store;
  }

  /** Of the database; absolute. */
  get path(): string {
    return this.#file.path;
  }

  async append(
    run: RunInfo,
    events: readonly RecordedEvent[],
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    const [result] = await this.appendAll([{ run, events }], options);
    return result as AppendResult;
  }

  async appendAll(
    batches: readonly (RunBatch | ForeignBatch)[],
    options: AppendOptions = {},
  ): Promise<AppendResult[]> {
    const { durable = false } = checkAppend(options);
    const file = this.#file;
    for (let attempt = 1; ; attempt++) {
      file.requireOpen();
      const connection = await this.#usable();
      try {
        const result = this.#appendNow(connection, batches, durable);
        // An acknowledgement is worth something only when what was written has a name.
        if (file.isIntact()) return result;
        if (attempt === APPEND_ATTEMPTS_MAX) throw new Error('its files do not stay as they are');
      } catch (error) {
        if (!isDamage(error) || attempt === APPEND_ATTEMPTS_MAX) {
          throw file.failed('appended to', error);
        }
        // What was damaged is gone, and with it whatever of this batch it may have had.
        file.replace('corrupt', (error as Error).message);
      }
    }
  }

  /** The connection, to the files that have the names now. */
  async #usable(): Promise<Connection> {
    const file = this.#file;
    if (file.connection !== undefined) file.isIntact();
    return file.connection ?? (await file.open());
  }

  query(query?: StoreQuery): Promise<EventPage> {
    return this.#read((connection) => findEvents(connection, checkQuery(query)));
  }

  event(place: EventPlace): Promise<StoredEvent | undefined> {
    return this.#read((connection) => findEvent(connection, checkPlace(place)));
  }

  chain(requestId: string, options?: { limit?: number | undefined }): Promise<StoredEvent[]> {
    return this.#read((connection) => {
      const asked = checkChain(requestId, options);
      return findChain(connection, asked.requestId, asked.limit);
    });
  }

  after(position?: StorePosition, options?: FollowOptions): Promise<FollowPage> {
    return this.#read((connection) => {
      const { filter, limit } = checkFollow(position, options);
      return followFrom(connection, position, filter, limit);
    });
  }

  end(): Promise<StorePosition> {
    return this.#read(endOf);
  }

  lease(follower: FollowerLease): Promise<FollowerState> {
    return this.#read((connection) => leaseOf(connection, checkLease(follower)));
  }

  requests(query?: RequestQuery): Promise<RequestPage> {
    return this.#read((connection) => findRequests(connection, checkRequests(query)));
  }

  processes(range?: WallRange): Promise<ProcessSummary[]> {
    return this.#read((connection) => summarizeProcesses(connection, checkRange(range)));
  }

  percentiles(process: string, range?: WallRange): Promise<Percentiles> {
    return this.#read((connection) =>
      percentilesOf(connection, requireName(process, 'process'), checkRange(range)),
    );
  }

  trend(range: WallRange | undefined, buckets: number): Promise<TrendBucket[]> {
    return this.#read((connection) =>
      trendOf(connection, checkRange(range), checkBuckets(buckets)),
    );
  }

  overview(range: WallRange | undefined, buckets: number, process?: string): Promise<Overview> {
    return this.#read((connection) => {
      const name = process === undefined ? undefined : requireName(process, 'process');
      return overviewOf(connection, checkRange(range), checkBuckets(buckets), name);
    });
  }

  edges(range?: WallRange): Promise<CallGraph> {
    return this.#read((connection) => findEdges(connection, checkRange(range)));
  }

  runs(): Promise<StoredRun[]> {
    return this.#read(runsOf);
  }

  runOfSource(source: string): Promise<RunInfo> {
    return this.#read((connection) =>
      foreignRun(endOf(connection).database, requireName(source, 'source')),
    );
  }

  run(run: string): Promise<RunInfo | undefined> {
    return this.#read((connection) => runOf(connection, requireName(run, 'run')));
  }

  stats(): Promise<StoreStats> {
    return this.#read((connection) => statsOf(connection, walBytesOf(this.path)));
  }

  projects(): Promise<Project[]> {
    return this.#read(findProjects);
  }

  createProject(
    id: string,
    name: string,
    isTracingEnabled: boolean,
    nowMs: number,
  ): Promise<Project | undefined> {
    return this.#read((connection) => createProject(connection, id, name, isTracingEnabled, nowMs));
  }

  switchTracing(
    id: string,
    isTracingEnabled: boolean,
    nowMs: number,
  ): Promise<{ before: Project; after: Project } | undefined> {
    return this.#read((connection) => switchTracing(connection, id, isTracingEnabled, nowMs));
  }

  alerts(): Promise<KeptTexts> {
    return this.#read(findAlerts);
  }

  saveAlerts(texts: AlertTexts, changesMax: number): Promise<boolean> {
    return this.#read((connection) => {
      saveAlerts(connection, texts, changesMax);
      return true;
    });
  }

  removeNotice(name: string): Promise<void> {
    return this.#read((connection) => removeNotice(connection, name));
  }

  /** Steps of 500 events, a transaction each; then what was freed is given back to the file system. */
  async purge(olderThanMs: number, options: PurgeOptions = {}): Promise<PurgeResult> {
    checkAge('olderThanMs', olderThanMs, 0);
    checkPurge(options);
    return this.#read(async (first) => {
      if (this.#retention?.connection !== first) {
        // Ends early when the database is replaced or closed meanwhile.
        this.#retention = new Retention(
          first,
          () => this.#file.connection === first,
          () => this.#writer?.forget(),
          this.#archive,
        );
      }
      return this.#retention.purge(olderThanMs, options);
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
    await this.#file.close();
    await this.#archive?.close();
    this.#writer = undefined;
    this.#retention = undefined;
  }

  async #read<T>(body: (connection: Connection) => T | Promise<T>): Promise<T> {
    const file = this.#file;
    file.requireOpen();
    // Who only reads must not go on in a file that has no name any more, either.
    const connection = await this.#usable();
    try {
      return await body(connection);
    } catch (error) {
      file.requireOpen(); // closed meanwhile: that is what went wrong
      throw file.failed('read', error);
    }
  }

  #appendNow(
    connection: Connection,
    batches: readonly (RunBatch | ForeignBatch)[],
    durable: boolean,
  ): AppendResult[] {
    this.#file.requireOpen();
    if (this.#writer?.connection !== connection) this.#writer = new EventWriter(connection);
    const result = this.#writer.append(batches, durable);
    const before = this.#logPages;
    for (const batch of batches) {
      this.#logPages += pagesOf(('run' in batch ? batch.events : batch.foreign).length);
    }
    // After this turn: whoever waits for the batch does not wait for this.
    if (before < CHECKPOINT_PAGES && this.#logPages >= CHECKPOINT_PAGES) {
      setImmediate(() => this.#checkpoint());
    }
    return result;
  }

  #checkpoint(): void {
    this.#logPages = 0;
    const { connection } = this.#file;
    try {
      if (connection !== undefined) checkpoint(connection);
    } catch {
      // The disk fails: the next append says so, and the log still has everything.
    }
  }
}
