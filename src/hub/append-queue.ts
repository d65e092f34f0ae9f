import type {
  AppendAnswer,
  AppendWorkerInput,
  BodyEncoding,
  FromAppendWorker,
  Refusal,
  SourceReport,
  ToAppendWorker,
} from './append-messages.js';
import { Problem } from './problem.js';
import { WorkerThread } from './worker-thread.js';

/** The part of the queue that only bodies with errors may use. */
const RESERVED_SHARE = 0.25;
/** How long a sender is asked to wait when the queue is full, seconds. */
const RETRY_AFTER_S = 1;

/** Told of what the append worker has done. */
export interface AppendEvents {
  /** After a commit that brought events which were not there before. */
  readonly onCommit: (inserted: number) => void;
  readonly onSource: (report: SourceReport) => void;
  readonly onDeath: (reason: string) => void;
}

interface Waiting {
  readonly bytes: number;
  readonly resolve: (text: string) => void;
  readonly reject: (problem: Problem) => void;
}

/** Bodies on their way to the append worker, bounded in bytes. */
export class AppendQueue {
  readonly #thread: WorkerThread<ToAppendWorker, FromAppendWorker>;
  readonly #events: AppendEvents;
  readonly #limitBytes: number;
  readonly #waiting = new Map<number, Waiting>();
  #bytes = 0;
  #nextId = 1;

  constructor(input: AppendWorkerInput, limitBytes: number, events: AppendEvents) {
    this.#limitBytes = limitBytes;
    this.#events = events;
    const script = new URL('./append-worker.js', import.meta.url);
    this.#thread = new WorkerThread(script, input, this.#onMessage, (reason) => {
      this.#refuseAll();
      events.onDeath(reason);
    });
  }

  /** Bytes that wait, and requests. */
  get depth(): { bytes: number; requests: number } {
    return { bytes: this.#bytes, requests: this.#waiting.size };
  }

  get isReady(): boolean {
    return this.#thread.isRunning;
  }

  open(): Promise<void> {
    return this.#thread.open();
  }

  /**
   * Hands a body over, which is then no longer the caller's.
   *
   * @returns the body of the answer, after the commit.
   * @throws Problem (rejects).
   */
  append(
    body: Uint8Array<ArrayBuffer>,
    encoding: BodyEncoding,
    hasErrors: boolean,
  ): Promise<string> {
    const limit = this.#limitBytes * (hasErrors ? 1 : 1 - RESERVED_SHARE);
    if (this.#bytes + body.length > limit) {
      const detail = `${this.#waiting.size} requests of ${this.#bytes} bytes wait to be stored`;
      return Promise.reject(new Problem('overloaded', detail, { retryAfterS: RETRY_AFTER_S }));
    }
    return this.#send(body.length, (id) => {
      this.#thread.post({ type: 'append', id, body, encoding }, [body.buffer]);
    });
  }

  /** @returns what was removed, as JSON. @throws Problem (rejects). */
  purge(olderThanMs: number): Promise<string> {
    return this.#send(0, (id) => this.#thread.post({ type: 'purge', id, olderThanMs }));
  }

  /** Resolves when all that waits is answered. */
  close(): Promise<void> {
    return this.#thread.close({ type: 'close' });
  }

  #send(bytes: number, post: (id: number) => void): Promise<string> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      post(id);
      this.#waiting.set(id, { bytes, resolve, reject });
      this.#bytes += bytes;
    });
  }

  readonly #onMessage = (message: FromAppendWorker): void => {
    if (message.type === 'answers') {
      for (const answer of message.answers) this.#settle(answer);
      if (message.inserted > 0) this.#events.onCommit(message.inserted);
    } else if (message.type === 'purged') this.#settle(message);
  };

  #settle(answer: AppendAnswer | { id: number; text: string } | Refusal): void {
    const waiting = this.#take(answer.id);
    if ('problem' in answer) waiting?.reject(Problem.of(answer));
    else waiting?.resolve(answer.text);
    if ('source' in answer) this.#events.onSource(answer.source);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#bytes -= waiting?.bytes ?? 0;
    return waiting;
  }

  #refuseAll(): void {
    for (const id of [...this.#waiting.keys()]) {
      const detail = 'the thread that stores has ended; whether this was stored is not known';
      this.#take(id)?.reject(new Problem('unavailable', detail, { retryAfterS: RETRY_AFTER_S }));
    }
  }
}
