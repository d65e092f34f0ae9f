import type { EventFilter } from '../event/event-filter.js';
import type { AppendOptions, AppendResult, EventSink } from '../event/event-sink.js';
import type { ProgramInfo, RecordedEvent, RunInfo } from '../event/recorded-event.js';
import type { Severity } from '../event/severity.js';
import type { StoredEvent } from '../event/stored-event.js';
import type { TraceEvent } from '../event/trace-event.js';
import type { StorePosition } from './position.js';

export type { StoredEvent } from '../event/stored-event.js';

/** A span of wall time: nanoseconds since the Unix epoch, both ends inclusive, compared by microsecond. */
export interface WallRange {
  /** Default: from the first event. */
  readonly from?: bigint | undefined;
  /** Default: to the last event. */
  readonly to?: bigint | undefined;
}

/** Which events to find, and when they were. */
export interface StoreFilter extends EventFilter, WallRange {}

/** A filter, and which part of what it matches. */
export interface StoreQuery extends StoreFilter {
  /** By wall time. Default: `newest` first. */
  readonly order?: 'newest' | 'oldest' | undefined;
  /** Events in a page: 1 to 1 000. Default: 50. */
  readonly limit?: number | undefined;
  /** {@link EventPage.next} of the page before. Default: the first page. */
  readonly cursor?: string | undefined;
  /** Whether to count what matches; counting takes longer than the page. Default: true. */
  readonly count?: boolean | undefined;
}

/** Matching events: `count` of them, or more than that when it is not exact. */
export interface MatchCount {
  readonly count: number;
  /** Up to {@link COUNT_EXACT_MAX} it is exact, unless a text search ended before all was looked at. */
  readonly isExact: boolean;
}

/** Counts are exact up to here; then it is known only that there are more. */
export const COUNT_EXACT_MAX = 10_000;

/** Part of what a query matches. */
export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Of the whole filter, whichever page this is. Undefined when it was not asked for. */
  readonly total: MatchCount | undefined;
  /**
   * Where the next page begins; undefined when there is none. A page of a text search may be short,
   * even empty, and have a next one: so much was looked at, and no more found.
   */
  readonly next: string | undefined;
}

/** A process, and how its events ended. */
export interface ProcessSummary {
  readonly process: string;
  readonly events: number;
  readonly errors: number;
  /** Its last event: Unix nanoseconds. */
  readonly lastWallNs: bigint;
}

/** Percentiles of up to so many events are exact. */
export const PERCENTILES_EXACT_MAX = 10_000;

/**
 * Percentiles by nearest rank, in milliseconds; undefined without events. Of more than
 * {@link PERCENTILES_EXACT_MAX} events they are within 1 %; the count is always exact.
 */
export interface Percentiles {
  readonly count: number;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

/** What to read in the order of insertion. */
export interface FollowOptions {
  /** Events in a page: 1 to 1 000. Default: 1 000. */
  readonly limit?: number | undefined;
  /** Which events; others are passed over. Default: all. */
  readonly filter?: StoreFilter | undefined;
}

/** What came after a position. */
export interface FollowPage {
  /** In the order of insertion. With a filter there may be none, though more is to come. */
  readonly events: readonly StoredEvent[];
  /** Of each event, the number of the position after it. */
  readonly numbers: readonly number[];
  /** Where the next page begins. */
  readonly position: StorePosition;
  /** Whether all was looked at that is there now. */
  readonly isEnd: boolean;
  /**
   * Whether the position was that of another database, or of this one in a state that it has not reached
   * (a backup was put back). There are no events then, and `position` is the start of this database.
   */
  readonly isReset: boolean;
  /** Whether events after the position were purged before they were read here. */
  readonly hasGap: boolean;
}

/** Which requests to find: those that have a matching event. */
export interface RequestQuery extends Omit<StoreFilter, 'requestId'> {
  /** Requests in a page: 1 to 1 000. Default: 50. */
  readonly limit?: number | undefined;
  /** {@link RequestPage.next} of the page before. Default: the first page. */
  readonly cursor?: string | undefined;
}

/** All that there is of a request, whatever it was found by. */
export interface RequestSummary {
  readonly requestId: string;
  /** When its first event and its last one began: Unix nanoseconds, whole microseconds. */
  readonly firstWallNs: bigint;
  readonly lastWallNs: bigint;
  /** From its first beginning to its last end, nanoseconds. */
  readonly durationNs: bigint;
  readonly events: number;
  readonly errors: number;
  readonly worstSeverity: Severity;
  /** UUIDs of the runs that its events are of. */
  readonly runs: readonly string[];
}

/** Part of the requests, by their newest matching event, newest first. */
export interface RequestPage {
  readonly requests: readonly RequestSummary[];
  /** As in {@link EventPage}: a page may be short, even empty, and have a next one. */
  readonly next: string | undefined;
}

/** How much there was in a part of a span of time, both ends inclusive: Unix nanoseconds. */
export interface TrendBucket {
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly events: number;
  readonly errors: number;
}

/** Of durations, milliseconds, within 1 %; undefined without events. */
export interface DurationShares {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

/** What a part of a span of time was like: whole minutes, both ends inclusive, Unix nanoseconds. */
export interface OverviewBucket extends TrendBucket, DurationShares {}

/** A process in each part of a span of time. */
export interface ProcessActivity extends DurationShares {
  readonly process: string;
  readonly events: number;
  readonly errors: number;
  /** Of each part. */
  readonly counts: readonly number[];
}

/** What a span of time was like, at a glance. */
export interface Overview {
  readonly buckets: readonly OverviewBucket[];
  /** Those with the most events, 100 at most. */
  readonly processes: readonly ProcessActivity[];
  /** False when there were too many processes and minutes to look at all of them. */
  readonly isExact: boolean;
}

/** Calls from one process to another, from the links that monitor() records. */
export interface CallEdge {
  readonly caller: string;
  readonly callee: string;
  readonly calls: number;
  /** Of the callee. */
  readonly errors: number;
  /** The start of the last call: Unix nanoseconds. */
  readonly lastWallNs: bigint;
}

/** Who calls whom. */
export interface CallGraph {
  /** In the order of the names. */
  readonly edges: readonly CallEdge[];
  /** False when the span has more events than the newest that were looked at. */
  readonly isExact: boolean;
}

/** Events of one run. */
export interface RunBatch {
  readonly run: RunInfo;
  readonly events: readonly RecordedEvent[];
  /** As of {@link AppendOptions}. */
  readonly isRepeated?: boolean | undefined;
}

/** An event that no collector of ours has recorded: it has no place in a run, and is given one. */
export interface ForeignEvent {
  /** Its `timestampNs` are nanoseconds since the Unix epoch. */
  readonly event: TraceEvent;
  /** 16 bytes by which the event is known again, whatever it says then. Undefined: it is an event of its own. */
  readonly key?: Uint8Array | undefined;
  /**
   * Whether one that is known is counted on the first one, which stays as it is: attributes `aegis.repeats`,
   * `aegis.last_wall_ns` (its latest time) and `aegis.last_received_ns`. Default: false.
   */
  readonly folds?: boolean | undefined;
}

/** Events of a source that has no runs. */
export interface ForeignBatch {
  /** What the source calls itself. It has one run in each database. */
  readonly source: string;
  readonly foreign: readonly ForeignEvent[];
}

/** Who follows a store by after(), where its position is kept: see {@link EventStore.lease}. */
export interface FollowerLease {
  /** What follows, such as `hub`: there is one position for each name. */
  readonly name: string;
  /** Who asks: another one has to wait until the lease is over. */
  readonly holder: string;
  /** How long nobody else may have it, milliseconds on the clock of the store. 0 gives it back. */
  readonly forMs: number;
  /** How far the follower has come. Default: as it was. */
  readonly position?: StorePosition | undefined;
}

/** What identifies an event for good. */
export interface EventPlace {
  /** UUID. */
  readonly run: string;
  readonly lane: number;
  readonly sequence: number;
}

/** How far a follower has come. */
export interface FollowerState {
  /** Where to go on; the start for a new name. */
  readonly position: StorePosition;
  /** Whether who has asked is the one that does. */
  readonly isHeld: boolean;
}

/** A run of which events have been stored. */
export interface StoredRun extends ProgramInfo {
  /** UUID. */
  readonly run: string;
  readonly pid: number;
  /** When its clock anchor was taken, at its start: Unix nanoseconds. */
  readonly startedWallNs: bigint;
}

/** What a store holds. */
export interface StoreStats {
  readonly events: number;
  readonly errors: number;
  /** Runs that the events are of. */
  readonly runs: number;
  /** Unix nanoseconds; undefined without events. */
  readonly oldestWallNs: bigint | undefined;
  readonly newestWallNs: bigint | undefined;
  /** Events that were removed because of their age, since the database was made. */
  readonly purged: number;
  /** On disk, without what is still to be taken into it. */
  readonly bytes: number;
  /** Written but not yet part of `bytes`: SQLite's write-ahead log. */
  readonly walBytes: number;
}

/** Options of {@link EventStore.purge}. */
export interface PurgeOptions {
  /** Stops after so many milliseconds; at least one step is done. Default: until nothing is left. */
  readonly budgetMs?: number | undefined;
}

/** What a purge did. */
export interface PurgeResult {
  readonly removed: number;
  /** Whether nothing older is left. */
  readonly isDone: boolean;
}

/**
 * Where events are kept. Any implementation passes `test/conformance/event-store.ts`.
 *
 * append() stores events of one run in one transaction. It rejects with a TraceError `ERR_TRACE_STORE`
 * when the store can take nothing now, or `ERR_TRACE_CLOSED`: then it has stored nothing.
 */
export interface EventStore extends EventSink {
  /**
   * Appends batches of several runs and sources in one transaction, which costs one fsync: all of them, or none. On a
   * cluster each shard has its own.
   *
   * @throws as append(); PartlyAppendedError (rejects) when some shards have stored what is theirs, and others not.
   */
  appendAll(
    batches: readonly (RunBatch | ForeignBatch)[],
    options?: AppendOptions,
  ): Promise<AppendResult[]>;

  /**
   * Finds events, page by page. Pages do not move when events are appended meanwhile.
   *
   * @throws TraceError `ERR_TRACE_QUERY` for what cannot be matched or a cursor of another query;
   * `ERR_TRACE_STORE`; `ERR_TRACE_CLOSED`. So do all of the following.
   */
  query(query?: StoreQuery): Promise<EventPage>;

  /** The event of a place in a run; undefined when there is none. */
  event(place: EventPlace): Promise<StoredEvent | undefined>;

  /** The events of one request in time order, of at most `limit` (default 10 000). */
  chain(requestId: string, options?: { limit?: number | undefined }): Promise<StoredEvent[]>;

  /**
   * What was inserted after a position, in that order: whoever goes from page to page sees each event once,
   * whatever its time, also late ones, and also after a crash. Default: from the start.
   */
  after(position?: StorePosition, options?: FollowOptions): Promise<FollowPage>;

  /** Where after() is at its end now: for who wants only what comes. */
  end(): Promise<StorePosition>;

  /**
   * Takes, keeps or gives back the right to follow under a name, and writes down how far the follower has come.
   *
   * Whoever asks is told how far the follower has come; while another one holds the lease nothing is changed.
   */
  lease(follower: FollowerLease): Promise<FollowerState>;

  /** One line a request, newest first. */
  requests(query?: RequestQuery): Promise<RequestPage>;

  /** The processes with events in a span of time, in the order of their names. */
  processes(range?: WallRange): Promise<ProcessSummary[]>;

  /** How long the events of a process took. */
  percentiles(process: string, range?: WallRange): Promise<Percentiles>;

  /**
   * Counts over a span of time, in at most `buckets` parts (2 to 1 000) of equal length that begin at whole
   * minutes, hours or days where they are that long; only the first and the last one may be shorter. In a span
   * of more than ten minutes they are whole minutes at least. Default: from the first event to the last.
   */
  trend(range: WallRange | undefined, buckets: number): Promise<TrendBucket[]>;

  /**
   * Counts and percentiles (within 1 %) of whole minutes, in at most `buckets` parts (2 to 1 000) of equal length, and how busy
   * each process was in each of them. Default: from the first event to the last.
   *
   * @param process - of this one alone.
   */
  overview(range: WallRange | undefined, buckets: number, process?: string): Promise<Overview>;

  /** Who calls whom, among the newest 50 000 events of a span of time. */
  edges(range?: WallRange): Promise<CallGraph>;

  /** The programs whose runs have been stored, the newest 1 000 first. */
  runs(): Promise<StoredRun[]>;

  /** The run that events of a source without runs are of. */
  runOfSource(source: string): Promise<RunInfo>;

  /** A run as it was appended; undefined when nothing of it is there. */
  run(run: string): Promise<RunInfo | undefined>;

  stats(): Promise<StoreStats>;

  /**
   * Removes events that were inserted more than so many milliseconds ago, in steps that keep no writer
   * waiting. Whatever the wall clock does, it makes no event older.
   */
  purge(olderThanMs: number, options?: PurgeOptions): Promise<PurgeResult>;

  /** What is regularly due, such as purging what is older than the retention; call it every 60 s. */
  maintain(options?: PurgeOptions): Promise<PurgeResult>;

  /** Releases everything. A second time nothing happens. */
  close(): Promise<void>;
}
