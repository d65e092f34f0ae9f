import type { EventStatus } from './event-status.js';
import type { RecordedEvent } from './recorded-event.js';

/** An event as the store has it. */
export interface StoredEvent extends RecordedEvent {
  /** The run that recorded it: a UUID. */
  readonly run: string;
  /** When it happened: nanoseconds since the Unix epoch, whole microseconds. */
  readonly wallNs: bigint;
  /** See processOf(). */
  readonly process: string;
  readonly status: EventStatus;
}
