import type { KeptTexts } from '../store/alert-store.js';
import type { StorePosition } from '../store/position.js';
import type { Project } from '../store/project-store.js';
import type { AlertQuestion } from './alert-changes.js';
import type {
  AppendAnswer,
  BodyKind,
  FromAppendWorker,
  SourceReport,
  StateQuestion,
  SuppressedEvents,
  ToAppendWorker,
} from './append-messages.js';
import { BodyRoom } from './body-room.js';
import type { HubStoreInput } from './hub-store.js';
import { Problem } from './problem.js';
import type { ProjectQuestion } from './project-changes.js';
import type { TailPage, TailQuestion } from './query-messages.js';
import { WorkerThread } from './worker-thread.js';

/** How long a sender is asked to wait for a thread that is not there, seconds. */
const RETRY_AFTER_S = 1;

/** Told of what the append worker has done. */
export interface AppendEvents {
  /** After a commit that brought events which were not there before. */
  readonly onCommit: (inserted: number) => void;
  /** After one of another hub with the same store. */
  readonly onNews: () => void;
  readonly onSource: (report: SourceReport) => void;
  readonly onSuppressed: (suppressed: SuppressedEvents) => void;
  readonly onDeath: (reason: string) => void;
}

interface Waiting {
  readonly bytes: number;
  // biome-ignore lint/suspicious/noExplicitAny: of whichever question waits
  readonly resolve: (answer: any) => void;
  readonly reject: (problem: Problem) => void;
}

/** Bodies on their way to the append worker, in a room that is bounded in bytes. */
export class AppendQueue {
  readonly #thread: WorkerThread<ToAppendWorker, FromAppendWorker>;
  readonly #events: AppendEvents;
  readonly room: BodyRoom;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  constructor(input: HubStoreInput, limitBytes: number, events: AppendEvents) {
    this.room = new BodyRoom(limitBytes);
    this.#events = events;
    const script = new URL('./append-worker.js', import.meta.url);
    this.#thread = new WorkerThread(script, input, this.#onMessage, (reason) => {
      this.#refuseAll();
      events.onDeath(reason);
    });
  }

  /** Bytes that wait, and requests. */
  get depth(): { bytes: number; requests: number } {
    return { bytes: this.room.bytes, requests: this.#waiting.size };
  }

  get isReady(): boolean {
    return this.#thread.isRunning;
  }

  open(): Promise<void> {
    return this.#thread.open();
  }

  /**
   * Hands a body over, which is then no longer the caller's: room was taken for it, and is freed when it is answered.
   *
   * @returns the body of the answer, after the commit.
   * @throws Problem (rejects).
   */
  append(body: Uint8Array, kind: BodyKind): Promise<string> {
    const bytes = body.length;
    const own = ownBytes(body);
    const receivedNs = process.hrtime.bigint();
    return this.#send(bytes, (id) => {
      this.#thread.post({ type: 'append', id, body: own, kind, receivedNs }, [own.buffer]);
    });
  }

  /** @returns what was removed, as JSON. @throws Problem (rejects). */
  purge(olderThanMs: number): Promise<string> {
    return this.#send(0, (id) => this.#thread.post({ type: 'purge', id, olderThanMs }));
  }

  /** @returns the projects that were asked for, or changed. @throws Problem (rejects). */
  projects(question: ProjectQuestion): Promise<readonly Project[]> {
    return this.#ask({ of: 'projects', question });
  }

  /** @returns what is kept of alerts, or whether it was saved, when that was asked for. @throws Problem (rejects). */
  alerts(question: AlertQuestion): Promise<KeptTexts | boolean | undefined> {
    return this.#ask({ of: 'alerts', question });
  }

  /** What was stored after a position. @throws Problem (rejects). */
  tail(question: TailQuestion): Promise<TailPage> {
    return this.#send(0, (id) => this.#thread.post({ type: 'tail', id, ...question }));
  }

  /** Where the store ends now. @throws Problem (rejects). */
  end(): Promise<StorePosition> {
    return this.#send(0, (id) => this.#thread.post({ type: 'end', id }));
  }

  /** Resolves when all that waits is answered. */
  close(): Promise<void> {
    return this.#thread.close({ type: 'close' });
  }

  #ask<T>(question: StateQuestion): Promise<T> {
    return this.#send(0, (id) => this.#thread.post({ type: 'state', id, ...question }));
  }

  #send<T>(bytes: number, post: (id: number) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      try {
        post(id);
      } catch (error) {
        this.room.free(bytes);
        throw error;
      }
      this.#waiting.set(id, { bytes, resolve, reject });
    });
  }

  readonly #onMessage = (message: FromAppendWorker): void => {
    if (message.type === 'answers') {
      for (const answer of message.answers) this.#settle(answer);
      if (message.inserted > 0) this.#events.onCommit(message.inserted);
    } else if (message.type === 'news') {
      this.#events.onNews();
    } else if (message.type === 'purged') {
      this.#take(message.id)?.resolve(message.text);
    } else if (message.type === 'tailed') {
      this.#take(message.id)?.resolve(message.page);
    } else if (message.type === 'ended') {
      this.#take(message.id)?.resolve(message.position);
    } else if (message.type === 'state') {
      const { value, inserted } = message.answer;
      this.#take(message.id)?.resolve(value);
      if (inserted > 0) this.#events.onCommit(inserted);
    } else if (message.type === 'refused') {
      this.#take(message.id)?.reject(Problem.of(message));
    }
  };

  #settle(answer: AppendAnswer): void {
    const waiting = this.#take(answer.id);
    if ('problem' in answer) {
      waiting?.reject(Problem.of(answer));
      return;
    }
    waiting?.resolve(answer.text);
    for (const source of answer.sources) this.#events.onSource(source);
    if (answer.suppressed !== undefined) this.#events.onSuppressed(answer.suppressed);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.room.free(waiting?.bytes ?? 0);
    return waiting;
  }

  #refuseAll(): void {
    for (const id of [...this.#waiting.keys()]) {
      const detail = 'the thread that stores has ended; whether this was stored is not known';
      this.#take(id)?.reject(new Problem('unavailable', detail, { retryAfterS: RETRY_AFTER_S }));
    }
  }
}

/** Bytes that can be given away: those of a small body lie in memory that others share. */
function ownBytes(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const isWhole = body.byteLength === body.buffer.byteLength && body.buffer instanceof ArrayBuffer;
  return isWhole ? (body as Uint8Array<ArrayBuffer>) : new Uint8Array(body);
}
