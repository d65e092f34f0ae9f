import type { PlacedEvent, RunInfo } from '../../event/placed-event.js';

/** What became of the events of one append. */
export interface AppendResult {
  /** Stored now. */
  inserted: number;
  /** Stored before, so left as they were. */
  duplicates: number;
  /** What this sink cannot hold at all; the rest of the batch is stored all the same. */
  rejected: number;
}

/**
 * Where batches go. One call is under way at a time. An append that rejects is repeated with the same
 * events, so what it may have stored already must not be stored twice: (run, lane, sequence)
 * identifies an event for good.
 */
export interface EventSink {
  /**
   * Stores the events. With `durable` they are on the disk, not only written, when it resolves: such
   * a batch holds errors, which nobody keeps any longer afterwards.
   */
  append(
    run: RunInfo,
    events: readonly PlacedEvent[],
    options: { durable: boolean },
  ): Promise<AppendResult>;
  /** Called between batches, ten times a second and more: for work of its own, in small steps. */
  maintain?(): Promise<void>;
  close(): Promise<void>;
}
