import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CollectorHandle } from '../../src/collector/trace-collector.js';

/** What test/support/recording-worker.mjs can do. */
export type WorkerTask =
  | 'record'
  | 'recordForever'
  | 'recordThenWait'
  | 'exportForever'
  | 'queryForever'
  | 'readForever'
  | 'failForever'
  | 'exportAndExit';

export interface WorkerInput {
  task: WorkerTask;
  /** The collector to attach; without one the worker makes its own of `capacity`. */
  handle?: CollectorHandle;
  capacity?: number;
  /** The component of what it records. */
  name?: string;
  count?: number;
  path?: string;
}

/** A worker thread at work; its error, if it has one, rejects what is waited for. */
export class RecordingWorker {
  readonly worker: Worker;
  readonly #messages: Promise<unknown>[] = [];

  constructor(input: WorkerInput) {
    this.worker = new Worker(new URL('recording-worker.mjs', import.meta.url), {
      workerData: input,
    });
    // Listened for before they can arrive.
    this.#messages.push(this.#next('started'), this.#next('result'));
  }

  /** Its work is under way. */
  async started(): Promise<void> {
    await this.#messages[0];
  }

  async result<T>(): Promise<T> {
    return ((await this.#messages[1]) as { result: T }).result;
  }

  async ended(): Promise<void> {
    if (this.worker.threadId !== -1) await once(this.worker, 'exit');
  }

  async terminate(): Promise<void> {
    await this.worker.terminate();
  }

  #next(kind: 'started' | 'result'): Promise<unknown> {
    const message = new Promise((resolve, reject) => {
      this.worker.on('message', (value: unknown) => {
        if ((value === 'started') === (kind === 'started')) resolve(value);
      });
      this.worker.once('error', reject);
      this.worker.once('exit', () => reject(new Error(`the worker ended without ${kind}`)));
    });
    // Not every test waits for every message; whoever does still sees the rejection.
    message.catch(() => {});
    return message;
  }
}
