import { Worker } from 'node:worker_threads';
import { TraceError } from '../errors.js';
import { messageOf } from '../thrown.js';
import { warn } from '../warnings.js';
import { addExitClient, type ExitClient, removeExitClient } from './flush-on-exit.js';
import type { FromWorker, ToWorker, WorkerInput } from './messages.js';
import { MetricCells, type PipelineMetrics } from './metrics.js';
import { type CheckedOptions, checkPipelineOptions, type PipelineOptions } from './options.js';
import { answerOf, type BatchMessage } from './sinks/main-thread.js';

const CLOSE_TIMEOUT_MS = 5_000;

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
  readonly #ended = new Int32Array(new SharedArrayBuffer(4));
  readonly #flushes = new Map<number, (isFlushed: boolean) => void>();
  readonly #started = new Deferred<void>();
  readonly #closed = new Deferred<boolean>();
  readonly #exitClient: ExitClient;
  readonly #refusals = new Map<string, number>();
  #nextFlush = 0;
  #waiting = 0;
  #recordedAtFlush = -1;
  #closing: Promise<boolean> | undefined;
  #failure: TraceError | undefined;

  /** @internal */
  constructor(checked: CheckedOptions) {
    this.#checked = checked;
    const workerData: WorkerInput = {
      handle: checked.collector.share(),
      options: checked.worker,
      metrics: this.#cells.buffer,
      ended: this.#ended.buffer as SharedArrayBuffer,
    };
    // None of the program's own flags, such as --import: the thread runs nothing but the pipeline.
    this.#worker = new Worker(new URL('./pipeline-worker.js', import.meta.url), {
      workerData,
      execArgv: [],
      name: 'aegis-trace pipeline',
    });
    this.#worker.on('message', (message: FromWorker) => this.#onMessage(message));
    let cause: unknown;
    this.#worker.on('error', (error) => {
      cause = error;
    });
    // Not before: only then are the errors of its lane in the spill file.
    this.#worker.on('exit', () => this.#fail(cause));
    this.#exitClient = this.#makeExitClient();
    this.#closed.promise.catch(() => {});
  }

  /** @internal */
  async started(): Promise<this> {
    await this.#started.promise;
    this.#worker.unref();
    addExitClient(this.#exitClient);
    return this;
  }

  /** What it has done and what lies before it, as of its last batch; costs the reading of 20 numbers. */
  metrics(): PipelineMetrics {
    return this.#cells.read();
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
    this.#recordedAtFlush = this.#checked.collector.stats().recorded;
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
    if (this.#failure !== undefined) throw this.#failure;
    this.#post({ type: 'close', budgetMs });
    try {
      return await this.#whileAlive(this.#closed.promise);
    } finally {
      removeExitClient(this.#exitClient);
      await this.#worker.terminate();
    }
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
    if (Atomics.load(this.#ended, 0) === 1 || this.#failure !== undefined) return;
    const told = cause instanceof TraceError ? cause : undefined;
    const why = cause === undefined ? '' : `: ${messageOf(cause)}`;
    this.#failure =
      told ??
      new TraceError('ERR_TRACE_PIPELINE', `the pipeline's thread has ended${why}`, { cause });
    removeExitClient(this.#exitClient);
    this.#started.reject(this.#failure);
    this.#closed.reject(this.#failure);
    this.#settleFlushes();
    if (this.#closing === undefined && told === undefined) {
      const { message } = this.#failure;
      warn('AEGIS_TRACE_PIPELINE', message);
    }
  }

  #makeExitClient(): ExitClient {
    const { signals, timeoutMs } = this.#checked.flushOnExit;
    const { collector } = this.#checked;
    return {
      signals,
      timeoutMs,
      hasNews: () =>
        this.#closing === undefined && collector.stats().recorded > this.#recordedAtFlush,
      flush: (waitMs) => this.flush({ timeoutMs: waitMs }),
      close: (waitMs) => this.close({ timeoutMs: waitMs }),
      wake: () => this.#post({ type: 'wake' }),
      beginExit: (budgetMs) => this.#post({ type: 'exit', budgetMs }),
      waitForExit: (waitMs) => void Atomics.wait(this.#ended, 0, 0, waitMs),
    };
  }
}

/**
 * Starts a thread that reads the collector and writes what it finds to a sink; the caller's thread pays
 * nothing per event. See src/pipeline/README.md.
 *
 * @throws TraceError (rejects) `ERR_TRACE_OPTION`, `ERR_TRACE_CLOSED` for a closed collector,
 * `ERR_TRACE_PEER` when the sink needs a package that is not installed, `ERR_TRACE_PIPELINE`. A sink
 * that cannot be reached now is no error: it is tried again.
 */
export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  return new Pipeline(checkPipelineOptions(options)).started();
}
