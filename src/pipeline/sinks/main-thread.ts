import {
  type AppendOptions,
  type AppendResult,
  type EventSink,
  isPermanent,
  PermanentError,
  type RejectedEvent,
  RetryAfterError,
  retryAfterMsOf,
} from '../../event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import { messageOf } from '../../thrown.js';
import { checkedResult } from './checked-result.js';

/** A batch on its way to the thread that has the function. */
export interface BatchMessage {
  type: 'batch';
  batch: { run: RunInfo; events: readonly RecordedEvent[]; durable: boolean };
}

/** What the function has answered: how it failed, or what it has refused. */
export type BatchAnswer =
  | {
      readonly failure: string;
      readonly isPermanent: boolean;
      readonly retryAfterMs: number | undefined;
    }
  | {
      readonly rejected: readonly RejectedEvent[];
      /** What is wrong in the answer, and was left out. */
      readonly problem: string | undefined;
    };

/** Calls the function, on its own thread. */
export async function answerOf(
  sink: (batch: BatchMessage['batch']) => unknown,
  batch: BatchMessage['batch'],
): Promise<BatchAnswer> {
  try {
    let problem: string | undefined;
    const { rejected } = checkedResult(await sink(batch), batch.events.length, (found) => {
      problem ??= found;
    });
    return { rejected, problem };
  } catch (error) {
    return {
      failure: messageOf(error),
      isPermanent: isPermanent(error),
      retryAfterMs: retryAfterMsOf(error),
    };
  }
}

function errorOf(answer: Extract<BatchAnswer, { failure: string }>): Error {
  const { failure, retryAfterMs } = answer;
  if (answer.isPermanent) return new PermanentError(failure);
  return retryAfterMs === undefined
    ? new Error(failure)
    : new RetryAfterError(retryAfterMs, failure);
}

/** Stands in the worker for a function on the main thread: posts a batch and waits for the answer. */
export class MainThreadSink implements EventSink {
  readonly #post: (message: BatchMessage) => void;
  readonly #onMalformed: (problem: string) => void;
  #pending:
    | { resolve: (rejected: readonly RejectedEvent[]) => void; reject: (error: Error) => void }
    | undefined;
  #isAbandoned = false;

  /** `onMalformed` is told what is wrong in an answer. */
  constructor(post: (message: BatchMessage) => void, onMalformed: (problem: string) => void) {
    this.#post = post;
    this.#onMalformed = onMalformed;
  }

  async append(
    run: RunInfo,
    events: readonly RecordedEvent[],
    { durable = false }: AppendOptions = {},
  ): Promise<AppendResult> {
    const rejected = await new Promise<readonly RejectedEvent[]>((resolve, reject) => {
      if (this.#isAbandoned) return reject(new Error('the thread of the sink is ending'));
      this.#pending = { resolve, reject };
      this.#post({ type: 'batch', batch: { run, events, durable } });
    });
    return { inserted: events.length - rejected.length, duplicates: 0, rejected };
  }

  /** The function has taken the batch, or has thrown. */
  answer(answer: BatchAnswer): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if ('failure' in answer) pending?.reject(errorOf(answer));
    else {
      if (answer.problem !== undefined) this.#onMalformed(answer.problem);
      pending?.resolve(answer.rejected);
    }
  }

  /** Nothing runs on the main thread any more: no batch is taken from now on. */
  abandon(): void {
    this.#isAbandoned = true;
    this.answer({
      failure: 'the thread of the sink is ending',
      isPermanent: false,
      retryAfterMs: undefined,
    });
  }

  async close(): Promise<void> {
    this.#isAbandoned = true;
  }
}
