import type { CollectorHandle } from '../collector/trace-collector.js';
import type { TraceErrorCode } from '../errors.js';
import type { GateRules } from '../gate/gate-rules.js';
import type { WarningCode } from '../warnings.js';
import type { WorkerOptions } from './options.js';
import type { BatchAnswer, BatchMessage } from './sinks/main-thread.js';

/** What the worker is started with. */
export interface WorkerInput {
  /** So that a module which is loaded in every thread can tell this one. */
  isPipelineThread: true;
  handle: CollectorHandle;
  options: WorkerOptions;
  metrics: SharedArrayBuffer;
  /** One cell: see ThreadEnd. */
  ended: SharedArrayBuffer;
}

/** What the cell `ended` says; it goes up only. */
export const ThreadEnd = {
  /** The thread is at work, or hangs. */
  none: 0,
  /** It has done all it can, and posts `closed`. */
  finished: 1,
  /** It ends by itself, and has posted nothing. */
  died: 2,
} as const;

export type ToWorker =
  /** Answered with `flushed` when all that was recorded before is stored. */
  | { type: 'flush'; id: number }
  /** Write what there is now, without waiting for the interval. */
  | { type: 'wake' }
  /** Flush for so long at most, then end; answered with `closed`. */
  | { type: 'close'; budgetMs: number }
  /** The same, but the main thread waits on `ended` and can do nothing else. */
  | { type: 'exit'; budgetMs: number }
  | { type: 'answer'; answer: BatchAnswer };

export type FromWorker =
  | { type: 'ready' }
  | { type: 'failed'; code: TraceErrorCode | undefined; message: string }
  | { type: 'flushed'; id: number }
  | { type: 'closed'; isFlushed: boolean }
  /** The sink has refused an event for good. */
  | { type: 'refused'; reason: string }
  /** What the gate lets through from now on. */
  | { type: 'rules'; rules: GateRules }
  | { type: 'warning'; code: WarningCode; message: string }
  | BatchMessage;
