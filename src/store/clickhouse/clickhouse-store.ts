import { objectWith } from '../../arguments.js';
import { expected, TraceError } from '../../errors.js';
import type { ClockAnchor } from '../../event/clock.js';
import type { AppendOptions, AppendResult } from '../../event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import {
  checkAppend,
  checkBuckets,
  checkChain,
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
import { Connection } from './connection.js';
import { EventAppender } from './event-appender.js';
import { findEdges } from './find-edges.js';
import { type Asked, type Bounds, findChain, findEvent, findEvents } from './find-events.js';
import { findRequests } from './find-requests.js';
import { Horizon } from './horizon.js';
import { quoted } from './literals.js';
import { overviewOf, percentilesOf, processesOf, trendOf } from './reports.js';
import { readSchema, requireSchema } from './schema.js';
import { StoreClock } from './store-clock.js';

/** Runs that are listed. */
const RUNS_MAX = 1_000;
/** How long it may not be known when the first and the last event are: pages begin with open ends. */
const BOUNDS_MS = 1_000;

/** Options of {@link ClickHouseStore.open}. */
export interface ClickHouseStoreOptions {
  /** `clickhouse://USER:PASSWORD@HOST:8123/DATABASE`; `clickhouses` over TLS. */
  url: string;
  /** What is older is purged: milliseconds, at least 1 000. Default: 6 h. */
  retentionMs?: number | undefined;
}

/** What only tests set. */
interface Internals {
  /** A clock that never goes back, milliseconds. */
  readonly passedMs?: () => number;
}

/**
 * Events in a ClickHouse database that `aegis-trace store init` has made. Any number of stores, of any processes, may
 * share it; one run is appended to through one of them at a time.
 *
 * What is not as in other stores: batches that are appended together are each all or nothing; there is no order of
 * insertion, so after(), end() and lease() reject.
 */
export class ClickHouseStore implements EventStore {
  readonly #connection: Connection;
  readonly #appender: EventAppender;
  readonly #horizon: Horizon;
  readonly #retentionMs: number;
  #bounds: { readonly bounds: Bounds | undefined; readonly readMs: number } | undefined;
  #maintenance: Promise<PurgeResult> | undefined;
  #isClosed = false;

  private constructor(connection: Connection, clock: StoreClock, retentionMs: number) {
    this.#connection = connection;
    this.#horizon = new Horizon(connection, clock);
    this.#appender = new EventAppender(connection, clock, () => this.#horizon.visible());
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
    requireSchema(await readSchema(url));
    const connection = await Connection.open(url);
    try {
      const sql = 'SELECT max(inserted_ms) AS latest FROM event';
      const [row] = await connection.rows<{ latest: string }>('read its clock', sql);
      const { passedMs = () => performance.now() } = internals;
      const clock = new StoreClock(Number(row?.latest ?? 0), passedMs);
      return new ClickHouseStore(connection, clock, retentionMs);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async append(
    run: RunInfo,
    events: readonly RecordedEvent[],
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    checkAppend(options);
    this.#requireOpen();
    return this.#changing(() => this.#appender.append(run, events));
  }

  /** One after the other: of those after one that cannot be stored, none is. */
  async appendAll(
    batches: readonly (RunBatch | ForeignBatch)[],
    options: AppendOptions = {},
  ): Promise<AppendResult[]> {
    checkAppend(options);
    this.#requireOpen();
    const results: AppendResult[] = [];
    for (const batch of batches) {
      if (!('run' in batch)) throw unsupported('events without a run');
      results.push(await this.#changing(() => this.#appender.append(batch.run, batch.events)));
    }
    return results;
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
      async (asked) => statsOf(asked, await this.#horizon.purged()),
    );
  }

  after(): Promise<FollowPage> {
    return this.#unordered();
  }

  end(): Promise<StorePosition> {
    return this.#unordered();
  }

  lease(): Promise<FollowerState> {
    return this.#unordered();
  }

  async purge(olderThanMs: number, options: PurgeOptions = {}): Promise<PurgeResult> {
    checkAge('olderThanMs', olderThanMs, 0);
    checkPurge(options);
    this.#requireOpen();
    return this.#changing(async () => {
      const result = await this.#horizon.moveTo(olderThanMs);
      if (result.removed > 0) this.#appender.forget();
      return result;
    });
  }

  maintain(options: PurgeOptions = {}): Promise<PurgeResult> {
    // A second one at the same time would only be in the way of the first.
    this.#maintenance ??= this.purge(this.#retentionMs, options).finally(() => {
      this.#maintenance = undefined;
    });
    return this.#maintenance;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#connection.close();
  }

  async #read<C, T>(check: () => C, ask: (asked: Asked, checked: C) => Promise<T>): Promise<T> {
    this.#requireOpen();
    const checked = check();
    const visible = await this.#horizon.visible();
    const boundsOf = () => this.#knownBounds(visible);
    return ask({ connection: this.#connection, visible, boundsOf }, checked);
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
    const [row] = await this.#connection.rows<Record<'n' | 'first' | 'last', string>>(
      'look when there are events',
      `SELECT count() AS n, min(wall_us) AS first, max(wall_us) AS last FROM event WHERE ${visible}`,
    );
    const isEmpty = Number(row?.n ?? 0) === 0;
    const bounds = isEmpty ? undefined : { first: Number(row?.first), last: Number(row?.last) };
    this.#bounds = { bounds, readMs: nowMs };
    return bounds;
  }

  async #unordered(): Promise<never> {
    this.#requireOpen();
    throw unsupported('an order of insertion');
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new TraceError('ERR_TRACE_CLOSED', 'the store is closed');
  }
}

const unsupported = (what: string): TraceError =>
  new TraceError('ERR_TRACE_STORE', `a store in ClickHouse has not ${what} yet`);

interface RunRow {
  readonly run: string;
  readonly pid: string;
  readonly host: string;
  readonly service: string;
  readonly project: string;
  readonly version: string;
  readonly steady_ns: readonly string[];
  readonly wall_ns: readonly string[];
}

/** Of the states of a run, the one with the most anchors. */
const RUN_COLUMNS = ['pid', 'host', 'service', 'project', 'version', 'steady_ns', 'wall_ns']
  .map((name) => `argMax(${name}, length(steady_ns)) AS ${name}_`)
  .join(', ');

async function runsOf({ connection, visible }: Asked): Promise<StoredRun[]> {
  const rows = await connection.rows<Record<string, unknown>>(
    'list runs',
    `SELECT run, min(inserted_ms) AS first, ${RUN_COLUMNS} FROM run
     WHERE run IN (SELECT DISTINCT run FROM event WHERE ${visible})
     GROUP BY run ORDER BY first DESC, run DESC LIMIT ${RUNS_MAX}`,
  );
  return rows.map((row) => {
    const { run, pid, anchors, ...program } = readRun(row);
    return { run, pid, startedWallNs: (anchors[0] as ClockAnchor).wallNs, ...program };
  });
}

async function runOf({ connection, visible }: Asked, run: string): Promise<RunInfo | undefined> {
  const rows = await connection.rows<Record<string, unknown>>(
    'find a run',
    `SELECT run, ${RUN_COLUMNS} FROM run WHERE run = ${quoted(run)}
       AND run IN (SELECT DISTINCT run FROM event WHERE ${visible} AND run = ${quoted(run)})
     GROUP BY run`,
  );
  return rows[0] && readRun(rows[0]);
}

function readRun(row: Record<string, unknown>): RunInfo {
  const named = Object.entries(row).map(([name, value]) => [name.replace(/_$/, ''), value]);
  const {
    run,
    pid,
    steady_ns: steady,
    wall_ns: wall,
    ...rest
  } = Object.fromEntries(named) as RunRow;
  const { host, service, project, version } = rest;
  return {
    run,
    pid: Number(pid),
    anchors: steady.map((steadyNs, index) => ({
      steadyNs: BigInt(steadyNs),
      wallNs: BigInt(wall[index] as string),
    })),
    ...(host !== '' && { host }),
    ...(service !== '' && { service }),
    ...(project !== '' && { project }),
    ...(version !== '' && { version }),
  };
}

async function statsOf(
  { connection, visible, boundsOf }: Asked,
  purged: number,
): Promise<StoreStats> {
  const bounds = await boundsOf();
  const [counts] = await connection.rows<Record<'n' | 'errors' | 'runs', string>>(
    'count events',
    `SELECT count() AS n, sum(severity >= 2) AS errors, uniqExact(run) AS runs FROM event WHERE ${visible}`,
  );
  const [disk] = await connection.rows<{ bytes: string }>(
    'say what it takes of the disk',
    'SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE database = currentDatabase() AND active',
  );
  return {
    events: Number(counts?.n ?? 0),
    errors: Number(counts?.errors ?? 0),
    runs: Number(counts?.runs ?? 0),
    oldestWallNs: bounds && BigInt(bounds.first) * 1_000n,
    newestWallNs: bounds && BigInt(bounds.last) * 1_000n,
    purged,
    bytes: Number(disk?.bytes ?? 0),
    walBytes: 0,
  };
}
