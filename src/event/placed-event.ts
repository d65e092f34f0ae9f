import type { TraceEvent } from './trace-event.js';

/** An event with its place in the run that recorded it: (run, lane, sequence) identifies it for good. */
export interface PlacedEvent {
  /** Of the recording thread, from 0. */
  readonly lane: number;
  /** Its number in the lane; grows with each event. */
  readonly sequence: number;
  readonly event: TraceEvent;
}

/** The run of a collector, and one instant on both clocks by which its times are placed. */
export interface RunInfo {
  /** UUID. */
  readonly run: string;
  readonly pid: number;
  /** Nanoseconds on the steady clock. */
  readonly steadyNs: bigint;
  /** Nanoseconds since the Unix epoch, of the same instant. */
  readonly wallNs: bigint;
}
