import { isMainThread } from 'node:worker_threads';
import { endProcess } from '../collector/end-process.js';
import { EndSignals } from './end-signals.js';

/** What the end of the process needs of a pipeline. */
export interface ExitClient {
  readonly signals: readonly NodeJS.Signals[];
  readonly timeoutMs: number;
  /** Whether its sink runs on this thread, so that it must have everything before this thread stops. */
  readonly needsThread: boolean;
  /** Whether the program has recorded anything since the last flush. */
  hasNews(): boolean;
  flush(timeoutMs: number): Promise<unknown>;
  /** Write what there is now. */
  wake(): void;
  /** Begins the last flush, which needs nothing of this thread; finishExit() blocks until it is done. */
  beginExit(budgetMs: number): void;
  /** After it everything is stored, in the spill file or counted. Whether a thread still hangs. */
  finishExit(timeoutMs: number): boolean;
}

/** A second signal ends the process: so long it waits for the errors to get into their file. */
const SECOND_SIGNAL_MS = 250;
/** Of the time for the whole end, so much is left to bring errors into their file: half of it, at most. */
const RESERVE_MS = 500;
/** A process that lives on for so long after such a flush has not ended; what comes is another end. */
const LIVED_ON_MS = 1_000;
/** A sink on this thread is asked so often for what was recorded meanwhile; then the process ends. */
const ROUNDS_MAX = 10;

const reserveOf = ({ timeoutMs }: ExitClient) => Math.min(RESERVE_MS, timeoutMs / 2);

/**
 * Flushes pipelines when the process ends, without changing whether and how it does. One flush while the
 * event loop still turns, then one that blocks; both together have the time of one.
 */
class ProcessEnd {
  readonly #clients = new Set<ExitClient>();
  readonly #signals = new EndSignals((signal) => void this.#onSignal(signal));
  /** When the end began, as far as it is known: at `beforeExit`, or at a signal. */
  #beganAtMs = Number.NEGATIVE_INFINITY;
  /** When its first flush was over. */
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #signal: NodeJS.Signals | undefined;

  add(client: ExitClient): void {
    if (this.#clients.size === 0) {
      process.on('beforeExit', this.#onBeforeExit);
      process.on('exit', this.#onExit);
      process.on('uncaughtExceptionMonitor', this.#onUncaught);
    }
    this.#clients.add(client);
    this.#listen();
  }

  remove(client: ExitClient): void {
    if (!this.#clients.delete(client)) return;
    this.#listen();
    if (this.#clients.size > 0) return;
    process.removeListener('beforeExit', this.#onBeforeExit);
    process.removeListener('exit', this.#onExit);
    process.removeListener('uncaughtExceptionMonitor', this.#onUncaught);
  }

  /** While one is dealt with, a second one must still be heard. */
  #listen(): void {
    if (this.#signal !== undefined) return;
    this.#signals.listenTo(new Set([...this.#clients].flatMap(({ signals }) => signals)));
  }

  /** Of the time for the whole end: it has one, however often something keeps the process alive. */
  #leftMs(client: ExitClient): number {
    if (!this.#hasBegun()) return client.timeoutMs;
    return Math.max(reserveOf(client), client.timeoutMs - (performance.now() - this.#beganAtMs));
  }

  #hasBegun(): boolean {
    return performance.now() - this.#flushedAtMs < LIVED_ON_MS;
  }

  /** Notes that the end begins with this flush. */
  async #begin(flush: (client: ExitClient) => Promise<unknown>): Promise<void> {
    this.#beganAtMs = performance.now();
    this.#flushedAtMs = Number.POSITIVE_INFINITY;
    await Promise.allSettled([...this.#clients].map(flush));
    this.#flushedAtMs = performance.now();
  }

  readonly #onBeforeExit = (): void => {
    // Once: a timer that nobody waits for may record for ever while a flush is waited for.
    if (this.#hasBegun() || ![...this.#clients].some((client) => client.hasNews())) return;
    void this.#begin((client) => client.flush(client.timeoutMs - reserveOf(client)));
  };

  readonly #onUncaught = (): void => {
    for (const client of this.#clients) client.wake();
  };

  readonly #onExit = (code: number): void => {
    if (this.#finish(Number.POSITIVE_INFINITY) && isMainThread) this.#exitPastThreads(code);
  };

  /** Blocks: at this point nothing else of this thread can run any more. Whether a thread hangs. */
  #finish(timeoutMsMax: number): boolean {
    const startMs = performance.now();
    const all = [...this.#clients].map((client) => {
      const limitMs = Math.min(this.#leftMs(client), timeoutMsMax);
      client.beginExit(limitMs - Math.min(reserveOf(client), limitMs / 2));
      return { client, limitMs };
    });
    let isHanging = false;
    for (const { client, limitMs } of all) {
      const leftMs = Math.max(0, limitMs - (performance.now() - startMs));
      isHanging = client.finishExit(leftMs) || isHanging;
    }
    return isHanging;
  }

  /** Node waits at exit for each of its threads; one that hangs in a call of the system never comes. */
  #exitPastThreads(code: number): never {
    const listeners = process.rawListeners('exit');
    const after = listeners.slice(listeners.indexOf(this.#onExit) + 1);
    for (const listener of after) Reflect.apply(listener, process, [code]);
    endProcess(Number(process.exitCode ?? code));
  }

  async #onSignal(signal: NodeJS.Signals): Promise<void> {
    if (this.#signal !== undefined) {
      return this.#signals.die(signal, this.#finish(SECOND_SIGNAL_MS));
    }
    if (!this.#signals.isOurs(signal)) {
      // Somebody else decides whether the process ends, and may go on recording until then.
      const asked = [...this.#clients].filter(({ signals }) => signals.includes(signal));
      await Promise.allSettled(asked.map((client) => client.flush(client.timeoutMs)));
      return;
    }
    this.#signal = signal;
    await this.#begin((client) => this.#flushWhole(client));
    // What was recorded meanwhile; after it nothing of this thread runs any more.
    this.#signals.die(signal, this.#finish(Number.POSITIVE_INFINITY));
  }

  async #flushWhole(client: ExitClient): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const leftMs = this.#leftMs(client) - reserveOf(client);
      if (leftMs <= 0 && round > 0) return;
      await client.flush(leftMs);
      if (!client.needsThread || !client.hasNews()) return;
    }
  }
}

/**
 * Other copies of this package in the process share this one: if each waited for the other's decision, or
 * took the other's listener for the program's, a signal would never end the process.
 */
const SLOT = Symbol.for('aegis-trace.process-end.1');
const shared = globalThis as { [SLOT]?: Pick<ProcessEnd, 'add' | 'remove'> };

function processEnd(): Pick<ProcessEnd, 'add' | 'remove'> {
  if (shared[SLOT] === undefined) {
    Object.defineProperty(globalThis, SLOT, { value: new ProcessEnd() });
  }
  return shared[SLOT] as ProcessEnd;
}

/** Flushes the pipeline when the process ends, without changing whether and how it does. */
export function addExitClient(client: ExitClient): void {
  processEnd().add(client);
}

export function removeExitClient(client: ExitClient): void {
  processEnd().remove(client);
}
