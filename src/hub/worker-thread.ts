import { Worker } from 'node:worker_threads';
import { TraceError, type TraceErrorCode } from '../errors.js';
import { Problem } from './problem.js';

/** What every worker of a hub may say beside its answers. */
interface LifeMessage {
  readonly type: string;
  readonly code?: string | undefined;
  readonly message?: string;
}

/** How long a thread that died by itself is left before another one takes its place. */
const RESTART_MS = 500;

/**
 * A thread of a hub, which is started again when it dies by itself. Requests that it had not answered are
 * refused for now: who sent them sends them again.
 */
export class WorkerThread<In, Out extends LifeMessage> {
  readonly #start: () => Worker;
  readonly #onMessage: (message: Out) => void;
  readonly #onDeath: (reason: string) => void;
  #worker: Worker | undefined;
  #isClosing = false;

  constructor(
    script: URL,
    workerData: unknown,
    onMessage: (message: Out) => void,
    onDeath: (reason: string) => void,
  ) {
    this.#start = () => new Worker(script, { workerData });
    this.#onMessage = onMessage;
    this.#onDeath = onDeath;
  }

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** @throws TraceError (rejects) what the thread says of itself when it cannot start. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = this.#start();
      let isReady = false;
      let reason = 'it ended by itself';
      worker.on('message', (message: Out) => {
        if (message.type === 'ready') {
          isReady = true;
          this.#worker = worker;
          resolve();
        } else if (message.type === 'failed') {
          reason = message.message ?? reason;
          const code = (message.code ?? 'ERR_TRACE_STORE') as TraceErrorCode;
          reject(new TraceError(code, reason));
        } else this.#onMessage(message);
      });
      worker.on('error', (error: Error) => {
        reason = error.message;
        reject(new TraceError('ERR_TRACE_STORE', reason, { cause: error }));
      });
      worker.on('exit', () => {
        reject(new TraceError('ERR_TRACE_STORE', reason));
        if (this.#worker !== worker) return;
        this.#worker = undefined;
        if (this.#isClosing || !isReady) return;
        this.#onDeath(reason);
        this.#restart();
      });
    });
  }

  /** @throws Problem when the thread is not there now. */
  post(message: In, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#worker === undefined) {
      throw new Problem('unavailable', 'a thread of the hub is being started', { retryAfterS: 1 });
    }
    this.#worker.postMessage(message, [...transfer]);
  }

  /** Ends the thread by a message after which it ends by itself. */
  async close(message: In): Promise<void> {
    this.#isClosing = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage(message);
    await exited;
  }

  #restart(): void {
    setTimeout(() => {
      if (this.#isClosing) return;
      this.open().catch(() => this.#restart());
    }, RESTART_MS).unref();
  }
}
