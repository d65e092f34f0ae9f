import type { Anchored } from './clock.js';
import type { TraceEvent } from './trace-event.js';

/** An event with its place in the run that recorded it: (run, lane, sequence) identifies it for good. */
export interface PlacedEvent {
  /** Of the recording thread, from 0. */
  readonly lane: number;
  /** Its number in the lane; grows with each event. */
  readonly sequence: number;
  readonly event: TraceEvent;
}

/** The run of a collector, with what places its times: see wallNsOf(). */
export interface RunInfo extends Anchored {
  /** UUID. */
  readonly run: string;
  readonly pid: number;
}
