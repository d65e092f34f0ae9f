import type { RequestQuery, StoredRun } from '../store/event-store.js';
import type { StorePosition } from '../store/position.js';
import type { HubStoreInput } from './hub-store.js';
import { Problem } from './problem.js';
import type {
  FoundChain,
  FoundRequests,
  FromQueryWorker,
  Question,
  TailPage,
  TailQuestion,
  ToQueryWorker,
} from './query-messages.js';
import { WorkerThread } from './worker-thread.js';

/** Questions that may wait; one more is refused for now. */
const WAITING_MAX = 1_000;

type Answer = Extract<
  FromQueryWorker,
  { type: 'answer' | 'tailed' | 'chained' | 'requested' | 'ended' | 'checked' | 'runs' }
>;

interface Waiting {
  readonly onPart: ((part: Uint8Array) => void) | undefined;
  readonly resolve: (answer: never) => void;
  readonly reject: (problem: Problem) => void;
}

/** Questions on their way to a query worker. */
export class QueryPool {
  readonly #thread: WorkerThread<ToQueryWorker, FromQueryWorker>;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  constructor(input: HubStoreInput, onDeath: (reason: string) => void) {
    const script = new URL('./query-worker.js', import.meta.url);
    this.#thread = new WorkerThread(script, input, this.#onMessage, (reason) => {
      for (const { reject } of this.#waiting.values()) {
        const detail = 'the thread that answers has ended';
        reject(new Problem('unavailable', detail, { retryAfterS: 1 }));
      }
      this.#waiting.clear();
      onDeath(reason);
    });
  }

  get isReady(): boolean {
    return this.#thread.isRunning;
  }

  open(): Promise<void> {
    return this.#thread.open();
  }

  /** @returns bytes of JSON. @throws Problem (rejects). */
  ask(question: Question): Promise<Uint8Array> {
    return this.#send((id) => ({ type: 'ask', id, question }));
  }

  /** @throws Problem (rejects). */
  tail(question: TailQuestion): Promise<TailPage> {
    return this.#send((id) => ({ type: 'tail', id, ...question }));
  }

  /** @param onPart - takes JSON of its events as they come. @throws Problem (rejects). */
  chain(
    requestId: string,
    isBrief: boolean,
    onPart: (part: Uint8Array) => void,
  ): Promise<FoundChain> {
    return this.#send((id) => ({ type: 'chain', id, requestId, isBrief }), onPart);
  }

  /** @throws Problem (rejects). */
  requests(query: RequestQuery): Promise<FoundRequests> {
    return this.#send((id) => ({ type: 'requests', id, query }));
  }

  /** Where the store ends now. @throws Problem (rejects). */
  end(): Promise<StorePosition> {
    return this.#send((id) => ({ type: 'end', id }));
  }

  /** Resolves when the store answers. @throws Problem (rejects). */
  check(): Promise<void> {
    return this.#send((id) => ({ type: 'check', id }));
  }

  /** The programs whose runs are in the store. @throws Problem (rejects). */
  runs(): Promise<StoredRun[]> {
    return this.#send((id) => ({ type: 'runs', id }));
  }

  close(): Promise<void> {
    return this.#thread.close({ type: 'close' });
  }

  #send<T>(
    messageOf: (id: number) => ToQueryWorker,
    onPart?: (part: Uint8Array) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#waiting.size >= WAITING_MAX) {
        throw new Problem('overloaded', `${WAITING_MAX} questions wait`, { retryAfterS: 1 });
      }
      const id = this.#nextId++;
      this.#thread.post(messageOf(id));
      this.#waiting.set(id, { resolve, reject, onPart });
    });
  }

  readonly #onMessage = (message: FromQueryWorker): void => {
    if (message.type === 'ready' || message.type === 'failed') return;
    const waiting = this.#waiting.get(message.id);
    if (message.type === 'chain-part') {
      waiting?.onPart?.(message.part);
      return;
    }
    this.#waiting.delete(message.id);
    if (message.type === 'refused') waiting?.reject(Problem.of(message));
    else waiting?.resolve(resultOf(message) as never);
  };
}

function resultOf(message: Answer): unknown {
  switch (message.type) {
    case 'answer':
      return message.body;
    case 'tailed':
      return message.page;
    case 'chained':
      return message.chain;
    case 'requested':
      return message.requests;
    case 'ended':
      return message.position;
    case 'checked':
      return undefined;
    case 'runs':
      return message.runs;
  }
}
