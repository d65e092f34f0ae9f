import type { SummaryEvent } from '../analysis/summary.js';
import type { Anchored } from '../event/clock.js';
import type { EventFilter, SteadyRange } from '../event/event-filter.js';
import type { TraceEvent } from '../event/trace-event.js';
import type { ExportMetadata } from '../export/export-metadata.js';
import type { DatabaseSummary } from '../store/sqlite/read-database.js';

/** What a file says of the recorder of its events. */
export interface TraceHead {
  /** Places events in wall time; undefined where somebody has kept nothing but events. */
  readonly clock: Anchored | undefined;
  /** Of an export or a ring. */
  readonly metadata: ExportMetadata | undefined;
  /** Of the store, when it is a database: what a ring lost before is not known to it. */
  readonly database: DatabaseSummary | undefined;
  /** Of a hub. */
  readonly hub?: { readonly runs: number } | undefined;
}

/** How many events a file has. */
export interface TraceSize {
  readonly events: number;
  /**
   * When the file is a selection of another one's events: how many that one had, if the selection says so.
   */
  readonly selection: { readonly of: number | undefined } | undefined;
  /** Whether it ends within an event, as a file does that is being written. */
  readonly isCut: boolean;
}

/** The earliest and the latest time of a trace, steady nanoseconds. */
export interface TraceExtent {
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** A file that has events, of whichever kind. */
export interface TraceSource {
  /** Of a stream that is read once, to be asked for after its events. */
  head(): Promise<TraceHead>;
  /** To be asked for after a whole pass. */
  size(): Promise<TraceSize>;
  /** Undefined without events. */
  extent(): Promise<TraceExtent | undefined>;
  /** Begins a pass over all events, in the order of the file. */
  summaryEvents(): AsyncIterable<SummaryEvent>;
  /** Matching events in time order, the first so many. */
  inOrder(filter: EventFilter & SteadyRange, limit?: number): AsyncIterable<TraceEvent>;
  /** What {@link inOrder} gives of one request. */
  chain(requestId: string): AsyncIterable<TraceEvent>;
  close(): void;
}
