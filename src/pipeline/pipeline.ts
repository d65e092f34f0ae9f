import { Worker } from 'node:worker_threads';
import type { TraceCollector } from '../collector/trace-collector.js';
import { TraceError } from '../errors.js';
import { CLOSED, OPEN, RulesLookup } from '../gate/gate-rules.js';
import { messageOf } from '../thrown.js';
import { warn } from '../warnings.js';
import { addExitClient, type ExitClient, removeExitClient } from './flush-on-exit.js';
import { MainEnd } from './main-end.js';
import { type FromWorker, ThreadEnd, type ToWorker, type WorkerInput } from './messages.js';
import { MetricCells, type PipelineMetrics } from './metrics.js';
import {
  type CheckedOptions,
  checkPipelineOptions,
  gatedHub,
  type PipelineOptions,
} from './options.js';
import { answerOf, type BatchMessage } from './sinks/main-thread.js';
import { refuseInsidePipeline, threadEnvironment } from './thread-start.js';

const CLOSE_TIMEOUT_MS = 5_000;
/** So much later than it should a thread may answer; then it is taken to hang. */
const ANSWER_MS = 250;
/** So long a thread that has said its last word is waited for. */
const THREAD_END_MS = 1_000;

/** Pipelines whose thread has ended by itself, and whose errors the main thread keeps. */
const standIns = new WeakMap<TraceCollector, MainEnd>();

/** Resolves to undefined when the promise takes longer. Keeps the process alive meanwhile. */
async function within<T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds; default of close() 5 000, of flush() none. */
  timeoutMs?: number | undefined;
}

/** A promise with its two ends in hand. */
class Deferred<T> {
  declare resolve: (value: T) => void;
  declare reject: (error: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** A pipeline at work, made by {@link startPipeline}. */
export class Pipeline {
  readonly #checked: CheckedOptions;
  readonly #worker: Worker;
  readonly #cells = new MetricCells();
  readonly #end: MainEnd;
  readonly #ended = new Int32Array(new SharedArrayBuffer(4));
  readonly #flushes = new Map<number, (isFlushed: boolean) => void>();
  readonly #started = new Deferred<void>();
  readonly #closed = new Deferred<boolean>();
  readonly #exitClient: ExitClient;
  readonly #refusals = new Map<string, number>();
  #lookup: RulesLookup;
  #nextFlush = 0;
  #waiting = 0;
  #recordedAtFlush = -1;
  #isStarted = false;
  #isTakenOver = false;
  #closing: Promise<boolean> | undefined;
  #failure: TraceError | undefined;

  /** @internal */
  constructor(checked: CheckedOptions) {
    this.#checked = checked;
    this.#lookup = new RulesLookup(gatedHub(checked.worker) === undefined ? OPEN : CLOSED);
    standIns.get(checked.collector)?.endStandIn(); // into its file, which this one takes in
    this.#end = new MainEnd(checked.collector, this.#cells);
    const workerData: WorkerInput = {
      isPipelineThread: true,
      handle: checked.collector.share(),
      options: checked.worker,
      metrics: this.#cells.buffer,
      ended: this.#ended.buffer as SharedArrayBuffer,
    };
    // None of the program's own flags, such as --import: the thread runs nothing but the pipeline.
    this.#worker = new Worker(new URL('./pipeline-worker.js', import.meta.url), {
      workerData,
      execArgv: [],
      env: threadEnvironment(),
      name: 'aegis-trace pipeline',
    });
    this.#worker.on('message', (message: FromWorker) => this.#onMessage(message));
    let cause: unknown;
    this.#worker.on('error', (error) => {
      cause = error;
    });
    // Not before: only then are the errors of its lane in the spill file.
    this.#worker.on('exit', () => {
      Atomics.compareExchange(this.#ended, 0, ThreadEnd.none, ThreadEnd.died); // by terminate()
      this.#fail(cause);
    });
    this.#exitClient = this.#makeExitClient();
    this.#closed.promise.catch(() => {});
  }

  /** @internal */
  async started(): Promise<this> {
    await this.#started.promise;
    this.#isStarted = true;
    this.#worker.unref();
    addExitClient(this.#exitClient);
    return this;
  }

  /** What it has done and what lies before it, as of its last batch; costs the reading of 30 numbers. */
  metrics(): PipelineMetrics {
    return this.#end.metrics();
  }

  /**
   * Whether what is recorded of a request now will be sent, as far as this thread has heard: for what is only worth its
   * cost then. Everything is recorded all the same. Without a gate always true; one look into a table.
   */
  shouldTrace(requestId: string): boolean {
    return this.#lookup.passes(requestId);
  }

  /**
   * How many events the sink has refused for good, by reason: what was expected, without what came; from
   * the 21st reason on all as `other`. Up to date as of this thread's last turn of its event loop.
   */
  refusals(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refusals);
  }

  /**
   * Resolves when everything recorded before the call is stored: true; or false when that has not come
   * to pass in `timeoutMs`, or before close() gave up. The process stays alive meanwhile.
   *
   * @throws TraceError (rejects) `ERR_TRACE_CLOSED` after close(), `ERR_TRACE_PIPELINE` when the thread
   * has ended by itself.
   */
  async flush({ timeoutMs }: WaitOptions = {}): Promise<boolean> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) {
      throw new TraceError('ERR_TRACE_CLOSED', 'the pipeline is closed');
    }
    this.#recordedAtFlush = this.#end.recorded();
    const id = this.#nextFlush++;
    return this.#whileAlive(
      new Promise<boolean>((resolve, reject) => {
        const timer =
          timeoutMs === undefined ? undefined : setTimeout(() => settle(false), timeoutMs);
        const settle = (isFlushed: boolean) => {
          clearTimeout(timer);
          this.#flushes.delete(id);
          if (this.#failure === undefined) resolve(isFlushed);
          else reject(this.#failure);
        };
        this.#flushes.set(id, settle);
        this.#post({ type: 'flush', id });
      }),
    );
  }

  /**
   * Flushes, for `timeoutMs` at most, and ends the thread; errors that are not stored by then go to the
   * spill file. Resolves to whether everything was stored. A second call gives the same promise.
   *
   * @throws TraceError (rejects) `ERR_TRACE_PIPELINE` when the thread has ended by itself.
   */
  close({ timeoutMs = CLOSE_TIMEOUT_MS }: WaitOptions = {}): Promise<boolean> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(budgetMs: number): Promise<boolean> {
    try {
      if (this.#failure !== undefined) throw this.#failure;
      this.#post({ type: 'close', budgetMs });
      // Timed here: a sink that blocks its thread lets nobody there look at a clock.
      const answer = within(this.#closed.promise, budgetMs + ANSWER_MS);
      const isFlushed = await this.#whileAlive(answer);
      if (isFlushed === undefined) this.#takeOver();
      const gone = this.#worker.terminate();
      if (isFlushed !== undefined) await within(gone, THREAD_END_MS);
      this.#worker.unref(); // terminate() has made the process wait for it
      return isFlushed ?? false;
    } finally {
      // A thread that hangs is left to the end of the process, which would wait for it.
      if (this.#threadEnd() !== ThreadEnd.none) removeExitClient(this.#exitClient);
      this.#end.close();
    }
  }

  /** Does what the thread, which hangs, was to do at its end. */
  #takeOver(): void {
    this.#isTakenOver = true;
    this.#end.endLane();
    this.#settleFlushes();
  }

  #threadEnd(): number {
    return Atomics.load(this.#ended, 0);
  }

  /** Keeps the process alive while somebody waits for the worker. */
  async #whileAlive<T>(promise: Promise<T>): Promise<T> {
    if (this.#waiting++ === 0) this.#worker.ref();
    try {
      return await promise;
    } finally {
      if (--this.#waiting === 0) this.#worker.unref();
    }
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #onMessage(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#started.resolve();
        break;
      case 'failed':
        this.#fail(new TraceError(message.code ?? 'ERR_TRACE_PIPELINE', message.message));
        break;
      case 'flushed':
        this.#flushes.get(message.id)?.(true);
        break;
      case 'closed':
        this.#closed.resolve(message.isFlushed);
        this.#settleFlushes();
        break;
      case 'refused':
        this.#refusals.set(message.reason, (this.#refusals.get(message.reason) ?? 0) + 1);
        break;
      case 'rules':
        this.#lookup = new RulesLookup(message.rules);
        break;
      case 'warning':
        warn(message.code, message.message);
        break;
      case 'batch':
        void this.#callSink(message.batch);
    }
  }

  async #callSink(batch: BatchMessage['batch']): Promise<void> {
    const { sinkFunction } = this.#checked;
    if (sinkFunction === undefined) return;
    this.#post({ type: 'answer', answer: await answerOf(sinkFunction, batch) });
  }

  #settleFlushes(): void {
    for (const settle of [...this.#flushes.values()]) settle(false);
  }

  /** The worker is gone; after `closed` that is as it should be. */
  #fail(cause: unknown): void {
    if (this.#isTakenOver) {
      removeExitClient(this.#exitClient);
      return;
    }
    if (this.#threadEnd() === ThreadEnd.finished || this.#failure !== undefined) return;
    const told = cause instanceof TraceError ? cause : undefined;
    const why = cause === undefined ? '' : `: ${messageOf(cause)}`;
    this.#failure =
      told ??
      new TraceError('ERR_TRACE_PIPELINE', `the pipeline's thread has ended${why}`, { cause });
    this.#started.reject(this.#failure);
    this.#closed.reject(this.#failure);
    this.#settleFlushes();
    if (this.#isStarted && this.#closing === undefined) {
      const kept = this.#keepErrors();
      if (told === undefined) warn('AEGIS_TRACE_PIPELINE', `${this.#failure.message}; ${kept}`);
    } else {
      removeExitClient(this.#exitClient);
      this.#end.close();
    }
  }

  /** The thread is gone, recording goes on: what becomes of errors from now on. */
  #keepErrors(): string {
    const { errorLaneBytes, spillDirectory, spillMaxBytes } = this.#checked.worker;
    const inRing = 'what is recorded from now on is in the ring alone';
    if (spillDirectory === undefined) return inRing;
    try {
      this.#end.standIn({
        ...(errorLaneBytes !== undefined && { errorLaneBytes }),
        spillDirectory,
        spillMaxBytes,
      });
      standIns.set(this.#checked.collector, this.#end);
      return `errors go to the spill file in ${spillDirectory}, what else is recorded stays in the ring`;
    } catch (error) {
      return `${inRing}, as there is no spill file: ${messageOf(error)}`;
    }
  }

  #makeExitClient(): ExitClient {
    const { signals, timeoutMs } = this.#checked.flushOnExit;
    return {
      signals,
      timeoutMs,
      needsThread: this.#checked.sinkFunction !== undefined,
      hasNews: () =>
        this.#closing === undefined &&
        this.#failure === undefined &&
        this.#end.recorded() > this.#recordedAtFlush,
      flush: (waitMs) => this.flush({ timeoutMs: waitMs }),
      wake: () => this.#post({ type: 'wake' }),
      beginExit: (budgetMs) => this.#post({ type: 'exit', budgetMs }),
      finishExit: (waitMs) => {
        Atomics.wait(this.#ended, 0, ThreadEnd.none, waitMs);
        const end = this.#threadEnd();
        if (this.#failure !== undefined) this.#end.endStandIn();
        else if (end !== ThreadEnd.finished) this.#end.endLane();
        this.#end.sayUnstored();
        return end === ThreadEnd.none;
      },
    };
  }
}

/**
 * Starts a thread that reads the collector and writes what it finds to a sink; the caller's thread pays
 * nothing per event. See src/pipeline/README.md.
 *
 * @throws TraceError (rejects) `ERR_TRACE_OPTION`, `ERR_TRACE_CLOSED` for a closed collector,
 * `ERR_TRACE_PEER` when the sink needs a package that is not installed, `ERR_TRACE_PIPELINE` also inside a
 * pipeline's own thread. A sink
 * that cannot be reached now is no error: it is tried again.
 */
export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  refuseInsidePipeline();
  return new Pipeline(checkPipelineOptions(options)).started();
}
