import type { PlacedEvent, RunInfo } from '../../event/placed-event.js';
import type { AppendResult, EventSink } from './event-sink.js';

/** A batch on its way to the thread that has the function. */
export interface BatchMessage {
  type: 'batch';
  batch: { run: RunInfo; events: readonly PlacedEvent[]; durable: boolean };
}

/** Stands in the worker for a function on the main thread: posts a batch and waits for the answer. */
export class MainThreadSink implements EventSink {
  readonly #post: (message: BatchMessage) => void;
  #pending: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #isAbandoned = false;

  constructor(post: (message: BatchMessage) => void) {
    this.#post = post;
  }

  async append(
    run: RunInfo,
    events: readonly PlacedEvent[],
    { durable }: { durable: boolean },
  ): Promise<AppendResult> {
    await new Promise<void>((resolve, reject) => {
      if (this.#isAbandoned) return reject(new Error('the thread of the sink is ending'));
      this.#pending = { resolve, reject };
      this.#post({ type: 'batch', batch: { run, events, durable } });
    });
    return { inserted: events.length, duplicates: 0, rejected: 0 };
  }

  /** The function has taken the batch or, with a message, has thrown. */
  answer(failure: string | undefined): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (failure === undefined) pending?.resolve();
    else pending?.reject(new Error(failure));
  }

  /** Nothing runs on the main thread any more: no batch is taken from now on. */
  abandon(): void {
    this.#isAbandoned = true;
    this.answer('the thread of the sink is ending');
  }

  async close(): Promise<void> {
    this.#isAbandoned = true;
  }
}
