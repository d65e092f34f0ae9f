export type { ClockAnchor } from '../event/clock.js';
export type { EventConditions, EventFilter, NameMatch, NamePrefix } from '../event/event-filter.js';
export type { AppendOptions, AppendResult, EventSink, RejectedEvent } from '../event/event-sink.js';
export type { EventStatus } from '../event/event-status.js';
export type { ProgramInfo, RecordedEvent, RunInfo } from '../event/recorded-event.js';
export {
  ClickHouseStore,
  type ClickHouseStoreOptions,
} from './clickhouse/clickhouse-store.js';
export {
  type CallEdge,
  type CallGraph,
  COUNT_EXACT_MAX,
  type EventPage,
  type EventPlace,
  type EventStore,
  type FollowerLease,
  type FollowerState,
  type FollowOptions,
  type FollowPage,
  type ForeignBatch,
  type ForeignEvent,
  type MatchCount,
  PERCENTILES_EXACT_MAX,
  type Percentiles,
  type ProcessSummary,
  type PurgeOptions,
  type PurgeResult,
  type RequestPage,
  type RequestQuery,
  type RequestSummary,
  type RunBatch,
  type StoredEvent,
  type StoredRun,
  type StoreFilter,
  type StoreQuery,
  type StoreStats,
  type TrendBucket,
  type WallRange,
} from './event-store.js';
export type { StoreNotice, StoreOptions } from './options.js';
export { decodePosition, encodePosition, type StorePosition } from './position.js';
export { SqliteStore } from './sqlite/sqlite-store.js';
