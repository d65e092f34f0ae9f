import { TraceError } from '../errors.js';
import type { GateReport } from './gate-report.js';
import type { RecordedEvent, RunInfo } from './recorded-event.js';
import type { SourceAccount } from './source-account.js';

// The one contract by which events are appended anywhere: to a sink of a pipeline, and to a store, which
// is one. A refusal is permanent or passing, and whoever refuses says which:
//
//   of one event, for good      in AppendResult.rejected, with a reason
//   of the whole batch, for good  throw a PermanentError: too large, malformed
//   of everything, for now      throw anything else; a RetryAfterError says for how long

/** An event that was refused for good: it would be refused again. */
export interface RejectedEvent {
  /** Its index in what was given to append(). */
  readonly index: number;
  /** What was expected and what came. */
  readonly reason: string;
}

/** What became of a batch: `inserted + duplicates + rejected.length` is its length. */
export interface AppendResult {
  /** Stored now. */
  readonly inserted: number;
  /** Events of a place that was there before, which stays as it is. */
  readonly duplicates: number;
  /** Of the duplicates, those that are counted as a repeat of the event that was there before. Default: 0. */
  readonly folded?: number | undefined;
  /** Refused for good; the rest of the batch is stored all the same. */
  readonly rejected: readonly RejectedEvent[];
}

/** Options of {@link EventSink.append}. */
export interface AppendOptions {
  /**
   * Whether the events are on the disk (fsync), not only written, when append() resolves. Such a batch
   * holds errors, which nobody keeps any longer afterwards. Default: false.
   */
  readonly durable?: boolean | undefined;
  /** What the recording process has counted by now, for a sink that tells others. */
  readonly account?: SourceAccount | undefined;
  /** What it says about the gate, for a hub. */
  readonly gate?: GateReport | undefined;
  /**
   * For a store that others append to as well: whether one of them may have stored some of these events since this one
   * has looked. Default: false.
   */
  readonly isRepeated?: boolean | undefined;
  /**
   * For the same store: when this is to have begun, or not to begin any more; nanoseconds of `process.hrtime.bigint()`.
   * Default: never.
   */
  readonly deadlineNs?: bigint | undefined;
}

/** A process, and what it has counted. */
export interface SourceState {
  readonly run: RunInfo;
  readonly account: SourceAccount;
}

/** Where events go. A pipeline makes one call at a time. */
export interface EventSink {
  /**
   * Takes events of one run. (run, lane, sequence) identifies an event for good: one that was stored
   * before must not be stored a second time.
   *
   * @throws PermanentError (rejects) when this batch will never be taken as it is, because it is too
   * large or something in it is malformed: nothing of it was stored. The pipeline asks again with the
   * halves of it, down to single events; those that are refused alone are set aside.
   * @throws anything else (rejects) when nothing can be taken now: the same events come again, after
   * `retryAfterMs` when it is a {@link RetryAfterError}.
   */
  append(
    run: RunInfo,
    events: readonly RecordedEvent[],
    options?: AppendOptions,
  ): Promise<AppendResult>;
  /**
   * Called between batches, ten times a second and more: for work of its own, in small steps. A number
   * `removed` in what it resolves to is counted as events purged.
   */
  maintain?(): Promise<unknown>;
  /**
   * Called when the sink has been given everything that was recorded before the turn of the pipeline that ends now.
   *
   * @param state - what the process says of itself by now; costs some microseconds.
   */
  drained?(state: () => SourceState): Promise<void>;
  close(): Promise<void>;
}

/**
 * Thrown by a sink: this batch will never be taken as it is. Code `ERR_TRACE_REFUSED`. Any error with
 * that code counts as one, so that a sink needs to import nothing.
 */
export class PermanentError extends TraceError {
  /** @param reason what was expected and what came; the events set aside are counted by it. */
  constructor(reason: string, options?: ErrorOptions) {
    super('ERR_TRACE_REFUSED', reason, options);
    this.name = 'PermanentError';
  }
}

/**
 * Thrown by a sink: nothing can be taken before so many milliseconds have passed. Code
 * `ERR_TRACE_RETRY`. Any error with a number as `retryAfterMs` counts as one.
 */
export class RetryAfterError extends TraceError {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, message: string, options?: ErrorOptions) {
    super('ERR_TRACE_RETRY', message, options);
    this.name = 'RetryAfterError';
    this.retryAfterMs = retryAfterMs;
  }
}

/** Whether the sink has refused the batch for good. */
export function isPermanent(error: unknown): boolean {
  return fieldOf(error, 'code') === 'ERR_TRACE_REFUSED';
}

/** How long the sink has asked to be left alone: milliseconds, at least 0; undefined when it has not. */
export function retryAfterMsOf(error: unknown): number | undefined {
  const value = fieldOf(error, 'retryAfterMs');
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function fieldOf(error: unknown, name: string): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    return (error as Record<string, unknown>)[name];
  } catch {
    return undefined; // a getter that throws says nothing
  }
}
