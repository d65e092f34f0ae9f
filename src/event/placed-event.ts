import type { TraceEvent } from './trace-event.js';

/** An event with its place in the run that recorded it: (run, lane, sequence) identifies it for good. */
export interface PlacedEvent {
  readonly lane: number;
  readonly sequence: number;
  readonly event: TraceEvent;
}

/** The process that recorded, and how its steady clock relates to the wall clock. */
export interface RunInfo {
  /** UUID, lower case. */
  readonly run: string;
  readonly pid: number;
  readonly steadyNs: bigint;
  /** The same instant as steadyNs: nanoseconds since 1970. */
  readonly wallNs: bigint;
}
