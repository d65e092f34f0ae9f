export type { ClockAnchor } from '../event/clock.js';
export type { AppendOptions, AppendResult, EventSink, RejectedEvent } from '../event/event-sink.js';
export type { PlacedEvent, RunInfo } from '../event/placed-event.js';
export {
  COUNT_EXACT_MAX,
  type EventPage,
  type EventStatus,
  type EventStore,
  type MatchCount,
  type Percentiles,
  type ProcessSummary,
  type PurgeOptions,
  type PurgeResult,
  type StoredEvent,
  type StoreFilter,
  type StoreQuery,
  type StoreStats,
  type WallRange,
} from './event-store.js';
export type { StoreNotice, StoreOptions } from './options.js';
export { SqliteStore } from './sqlite/sqlite-store.js';
