import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { endProcess, noteSignalInFiles } from '../collector/end-process.js';

type Listener = (signal: NodeJS.Signals) => void;

/** So long a signal that we send ourselves may take to end the process, before it is taken to do nothing. */
const DEATH_MS = 100;

/**
 * How many listeners for a signal are of the package signal-exit, which ends the process by it as soon as
 * all listeners are its own: whoever waits for it waits for ever. Its copies count themselves where all
 * of them look, versions 3 and 4 each in a place of its own.
 */
function signalExitListeners(): number {
  const four = (globalThis as Record<symbol, unknown>)[Symbol.for('signal-exit emitter')];
  const three = (process as { __signal_exit_emitter__?: unknown }).__signal_exit_emitter__;
  return [four, three].reduce<number>((sum, emitter) => {
    const count: unknown = (emitter as { count?: unknown } | undefined)?.count;
    return typeof count === 'number' ? sum + count : sum;
  }, 0);
}

/**
 * Listens for signals that end the process, before every other listener: a listener added by once() is
 * gone when it is called, so that who comes after it cannot know that somebody else decides.
 */
export class EndSignals {
  readonly #listeners = new Map<NodeJS.Signals, Listener>();
  readonly #onSignal: Listener;

  constructor(onSignal: Listener) {
    this.#onSignal = onSignal;
  }

  /** Listens for these, and for no others. */
  listenTo(wanted: ReadonlySet<NodeJS.Signals>): void {
    const hadAny = this.#listeners.size > 0;
    for (const signal of wanted) {
      if (this.#listeners.has(signal)) continue;
      const listener = () => this.#onSignal(signal);
      this.#listeners.set(signal, listener);
      process.prependListener(signal, listener);
    }
    for (const [signal, listener] of this.#listeners) {
      if (wanted.has(signal)) continue;
      this.#listeners.delete(signal);
      process.removeListener(signal, listener);
    }
    const hasAny = this.#listeners.size > 0;
    if (hasAny && !hadAny) process.on('newListener', this.#onNewListener);
    if (hadAny && !hasAny) process.removeListener('newListener', this.#onNewListener);
  }

  /** Whether nobody else decides what comes of this signal. */
  isOurs(signal: NodeJS.Signals): boolean {
    const others = process.listenerCount(signal) - (this.#listeners.has(signal) ? 1 : 0);
    return others <= signalExitListeners();
  }

  /**
   * Ends the process by this signal. Where that does nothing, as for the first process of a container,
   * the exit code is the one that a shell gives for it.
   */
  die(signal: NodeJS.Signals, isHanging: boolean): void {
    this.listenTo(new Set());
    const code = 128 + constants.signals[signal];
    // Those of signal-exit: each has its turn, and the last one sends the signal. Here and now, so that
    // nothing else of this thread is recorded in between.
    (process as EventEmitter).emit(signal, signal, constants.signals[signal]);
    noteSignalInFiles(signal);
    process.kill(process.pid, signal);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DEATH_MS);
    if (isHanging) endProcess(code);
    process.exit(code);
  }

  /** Moves ours to the front again, after a listener that was put before it. */
  readonly #onNewListener = (name: string | symbol, added: unknown): void => {
    const own = this.#listeners.get(name as NodeJS.Signals);
    if (own === undefined || own === added) return;
    process.nextTick(() => {
      const signal = name as NodeJS.Signals;
      if (this.#listeners.get(signal) !== own || process.rawListeners(signal)[0] === own) return;
      process.removeListener(signal, own);
      process.prependListener(signal, own);
    });
  };
}
