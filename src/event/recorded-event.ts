import type { Anchored } from './clock.js';
import type { TraceEvent } from './trace-event.js';

/** An event with its place in the run that recorded it: (run, lane, sequence) identifies it for good. */
export interface RecordedEvent {
  /** Of the recording thread, from 0. */
  readonly lane: number;
  /** Its number in the lane; grows with each event. */
  readonly sequence: number;
  readonly event: TraceEvent;
}

/** Which program records, and where. What is undefined is not known. */
export interface ProgramInfo {
  /** The machine's name. */
  readonly host?: string | undefined;
  /** What the program is called, such as `checkout`. */
  readonly service?: string | undefined;
  /** What it belongs to, which is switched on and off as a whole. */
  readonly project?: string | undefined;
  /** Of the service. */
  readonly version?: string | undefined;
}

/** The run of a collector, with what places its times: see wallNsOf(). */
export interface RunInfo extends Anchored, ProgramInfo {
  /** UUID. */
  readonly run: string;
  readonly pid: number;
}
