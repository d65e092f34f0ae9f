import { setTimeout as sleep } from 'node:timers/promises';
import { objectWith } from '../../arguments.js';
import { expected, TraceError } from '../../errors.js';
import type { AppendOptions, AppendResult } from '../../event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import type { AlertStore, AlertTexts, KeptTexts } from '../alert-store.js';
import {
  checkAppend,
  checkBuckets,
  checkChain,
  checkFollow,
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
import { checkAge, RETENTION_DEFAULT_MS, RETENTION_MIN_MS } from '../options.js';
import type { StorePosition } from '../position.js';
import type { Project, ProjectStore } from '../project-store.js';
import { AlertTable } from './alert-table.js';
import { CommitLog, type EventLog } from './commit-log.js';
import { findEdges } from './find-edges.js';
import { type Asked, type Bounds, findChain, findEvent, findEvents } from './find-events.js';
import { findRequests } from './find-requests.js';
import { Horizon, REFRESH_MS } from './horizon.js';
import { ProjectTable } from './project-table.js';
import { overviewOf, percentilesOf, processesOf, trendOf } from './reports.js';
import { bytesOf, countsOf, runOf, runsOf } from './runs.js';
import { readSchema, requireSchema } from './schema.js';
import { openServers, type Servers } from './servers.js';
import { ShardAppenders } from './shard-appenders.js';
import { StoreClock } from './store-clock.js';

/** How long it may not be known when the first and the last event are: pages begin with open ends. */
const BOUNDS_MS = 1_000;

/** Options of {@link ClickHouseStore.open}. */
export interface ClickHouseStoreOptions {
  /** `clickhouse://USER:PASSWORD@HOST:8123/DATABASE`; `clickhouses` over TLS; of a cluster `HOST:8123,HOST:8123,…`. */
  url: string;
  /** What is older is purged: milliseconds, at least 1 000. Default: 6 h. */
  retentionMs?: number | undefined;
}

interface StoreParts {
  readonly store: string;
  readonly clock: StoreClock;
  readonly retentionMs: number;
  readonly log: EventLog;
}

/** What hubs and tests set. */
interface Internals {
  /** Makes what remembers what was appended, of a store. */
  readonly openLog?: (store: string) => EventLog;
  /** A clock that never goes back, milliseconds. */
  readonly passedMs?: () => number;
  /** How long an answer is waited for. */
  readonly timeoutMs?: number;
  /** Answers instead of a server; of a database. */
  readonly engine?: (database: string) => object;
}

/**
 * Events in a ClickHouse database that `aegis-trace store init` has made. Any number of stores, of any processes, may
 * share it, and append to one run: what may have been given to another one is said to be `isRepeated`.
 *
 * What is not as in other stores: after() and end() are about what this object has appended, of which it remembers the
 * latest 20 000 events, and lease() rejects: a ClickHouse has no order of insertion.
 */
export class ClickHouseStore implements EventStore, ProjectStore, AlertStore {
  readonly #servers: Servers;
  readonly #appenders: ShardAppenders;
  readonly #log: EventLog;
  readonly #horizon: Horizon;
  readonly #projects: ProjectTable;
  readonly #alerts: AlertTable;
  readonly #retentionMs: number;
  #bounds: { readonly bounds: Bounds | undefined; readonly readMs: number } | undefined;
  #maintenance: Promise<PurgeResult> | undefined;
  #isClosed = false;

  private constructor(servers: Servers, { store, clock, retentionMs, log }: StoreParts) {
    this.#servers = servers;
    this.#log = log;
    const { state, shards } = servers;
    const connections = shards.map(({ connection }) => connection);
    this.#horizon = new Horizon({ state, events: servers.reading, shards: connections }, clock);
    const visible = (): Promise<string> => this.#horizon.visible();
    this.#appenders = new ShardAppenders(shards, { store, clock, visible, log });
    this.#projects = new ProjectTable(state);
    this.#alerts = new AlertTable(state);
    this.#retentionMs = retentionMs;
  }

  /**
   * Opens a store that is there.
   *
   * @throws TraceError (rejects) `ERR_TRACE_OPTION`; `ERR_TRACE_PEER` without the package `@clickhouse/client`;
   * `ERR_TRACE_STORE` when the server does not answer, or has no store of this version.
   */
  static async open(
    options: ClickHouseStoreOptions,
    internals: Internals = {},
  ): Promise<ClickHouseStore> {
    objectWith(options, 'options', ['url', 'retentionMs']);
    const { url, retentionMs = RETENTION_DEFAULT_MS } = options;
    if (typeof url !== 'string') throw expected('ERR_TRACE_OPTION', 'url', 'a string', url);
    checkAge('retentionMs', retentionMs, RETENTION_MIN_MS);
    const state = await readSchema(url, internals.engine);
    requireSchema(state);
    const { passedMs = () => performance.now(), timeoutMs, engine, openLog } = internals;
    const store = state.uuid as string;
    const servers = await openServers(url, state, { timeoutMs, engine });
    try {
      const sql = 'SELECT max(inserted_ms) AS latest FROM event';
      const [row] = await servers.reading.rows<{ latest: string }>('read its clock', sql);
      const clock = new StoreClock(Number(row?.latest ?? 0), passedMs);
      const log = openLog?.(store) ?? new CommitLog();
      return new ClickHouseStore(servers, { store, clock, retentionMs, log });
    } catch (error) {
      await servers.close();
      throw error;
    }
  }

  async append(
    run: RunInfo,
    events: readonly RecordedEvent[],
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    const { isRepeated } = checkAppend(options);
    const [result] = await this.appendAll([{ run, events, isRepeated }], options);
    return result as AppendResult;
  }

  async appendAll(
    batches: readonly (RunBatch | ForeignBatch)[],
    options: AppendOptions = {},
  ): Promise<AppendResult[]> {
    checkAppend(options);
    this.#requireOpen();
    return this.#changing(() => this.#appenders.append(batches, options.deadlineNs));
  }

  async runOfSource(source: string): Promise<RunInfo> {
    return this.#appenders.runOf(requireName(source, 'source'));
  }

  query(query?: StoreQuery): Promise<EventPage> {
    return this.#read(() => checkQuery(query), findEvents);
  }

  event(place: EventPlace): Promise<StoredEvent | undefined> {
    return this.#read(() => checkPlace(place), findEvent);
  }

  chain(requestId: string, options?: { limit?: number | undefined }): Promise<StoredEvent[]> {
    return this.#read(
      () => checkChain(requestId, options),
      (asked, { requestId: id, limit }) => findChain(asked, id, limit),
    );
  }

  requests(query?: RequestQuery): Promise<RequestPage> {
    return this.#read(() => checkRequests(query), findRequests);
  }

  processes(range?: WallRange): Promise<ProcessSummary[]> {
    return this.#read(() => checkRange(range), processesOf);
  }

  percentiles(process: string, range?: WallRange): Promise<Percentiles> {
    return this.#read(
      () => ({ name: requireName(process, 'process'), range: checkRange(range) }),
      (asked, checked) => percentilesOf(asked, checked.name, checked.range),
    );
  }

  trend(range: WallRange | undefined, buckets: number): Promise<TrendBucket[]> {
    return this.#read(
      () => ({ range: checkRange(range), buckets: checkBuckets(buckets) }),
      (asked, checked) => trendOf(asked, checked.range, checked.buckets),
    );
  }

  overview(range: WallRange | undefined, buckets: number, process?: string): Promise<Overview> {
    return this.#read(
      () => ({
        range: checkRange(range),
        buckets: checkBuckets(buckets),
        process: process === undefined ? undefined : requireName(process, 'process'),
      }),
      (asked, checked) => overviewOf(asked, checked.range, checked),
    );
  }

  edges(range?: WallRange): Promise<CallGraph> {
    return this.#read(() => checkRange(range), findEdges);
  }

  runs(): Promise<StoredRun[]> {
    return this.#read(
      () => undefined,
      (asked) => runsOf(asked),
    );
  }

  run(run: string): Promise<RunInfo | undefined> {
    return this.#read(() => requireName(run, 'run'), runOf);
  }

  stats(): Promise<StoreStats> {
    return this.#read(
      () => undefined,
      async (asked) => ({
        ...(await countsOf(asked)),
        purged: await this.#horizon.purged(),
        bytes: await bytesOf(this.#servers.shards.map(({ connection }) => connection)),
        walBytes: 0,
      }),
    );
  }

  async after(position?: StorePosition, options?: FollowOptions): Promise<FollowPage> {
    this.#requireOpen();
    const { filter, limit } = checkFollow(position, options);
    return this.#log.after(position, filter, limit);
  }

  async end(): Promise<StorePosition> {
    this.#requireOpen();
    return this.#log.end();
  }

  async lease(): Promise<FollowerState> {
    this.#requireOpen();
    const message = 'a store in ClickHouse has no order of insertion that could be followed';
    throw new TraceError('ERR_TRACE_STORE', message);
  }

  projects(): Promise<Project[]> {
    return this.#state(() => this.#projects.list());
  }

  createProject(
    id: string,
    name: string,
    isTracingEnabled: boolean,
    nowMs: number,
  ): Promise<Project | undefined> {
    return this.#state(() => this.#projects.create(id, name, isTracingEnabled, nowMs));
  }

  switchTracing(
    id: string,
    isTracingEnabled: boolean,
    nowMs: number,
  ): Promise<{ before: Project; after: Project } | undefined> {
    return this.#state(() => this.#projects.switchTracing(id, isTracingEnabled, nowMs));
  }

  alerts(): Promise<KeptTexts> {
    return this.#state(() => this.#alerts.all());
  }

  saveAlerts(texts: AlertTexts, changesMax: number, fence?: number): Promise<boolean> {
    return this.#state(() => this.#alerts.save(texts, changesMax, fence));
  }

  removeNotice(name: string): Promise<void> {
    return this.#state(() => this.#alerts.removeNotice(name));
  }

  /** Resolves when no store of the database shows any more what was removed. */
  async purge(olderThanMs: number, options: PurgeOptions = {}): Promise<PurgeResult> {
    const result = await this.#purge(olderThanMs, options);
    if (result.removed > 0) await sleep(REFRESH_MS);
    return result;
  }

  maintain(options: PurgeOptions = {}): Promise<PurgeResult> {
    // A second one at the same time would only be in the way of the first.
    this.#maintenance ??= this.#purge(this.#retentionMs, options).finally(() => {
      this.#maintenance = undefined;
    });
    return this.#maintenance;
  }

  async #purge(olderThanMs: number, options: PurgeOptions): Promise<PurgeResult> {
    checkAge('olderThanMs', olderThanMs, 0);
    checkPurge(options);
    this.#requireOpen();
    return this.#changing(async () => {
      const result = await this.#horizon.moveTo(olderThanMs);
      if (result.removed > 0) this.#appenders.forget();
      return result;
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#log.close();
    await this.#servers.close();
  }

  async #read<C, T>(check: () => C, ask: (asked: Asked, checked: C) => Promise<T>): Promise<T> {
    this.#requireOpen();
    const checked = check();
    const visible = await this.#horizon.visible();
    const boundsOf = () => this.#knownBounds(visible);
    return ask({ connection: this.#servers.reading, visible, boundsOf }, checked);
  }

  /** What is appended, or purged, makes the bounds others. */
  async #changing<T>(change: () => Promise<T>): Promise<T> {
    try {
      return await change();
    } finally {
      this.#bounds = undefined;
    }
  }

  async #knownBounds(visible: string): Promise<Bounds | undefined> {
    const nowMs = performance.now();
    if (this.#bounds !== undefined && nowMs - this.#bounds.readMs < BOUNDS_MS) {
      return this.#bounds.bounds;
    }
    const [row] = await this.#servers.reading.rows<Record<'n' | 'first' | 'last', string>>(
      'look when there are events',
      `SELECT count() AS n, min(wall_us) AS first, max(wall_us) AS last FROM event WHERE ${visible}`,
    );
    const isEmpty = Number(row?.n ?? 0) === 0;
    const bounds = isEmpty ? undefined : { first: Number(row?.first), last: Number(row?.last) };
    this.#bounds = { bounds, readMs: nowMs };
    return bounds;
  }

  async #state<T>(body: () => Promise<T>): Promise<T> {
    this.#requireOpen();
    return body();
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new TraceError('ERR_TRACE_CLOSED', 'the store is closed');
  }
}
