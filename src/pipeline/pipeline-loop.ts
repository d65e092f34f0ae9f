import type { BatchWriter, FlushPoint, Turn } from './batch-writer.js';

/** What the loop tells its owner. */
export interface LoopEvents {
  /** After every turn, before flushes are answered. */
  onTurn: (turn: Turn) => void;
  /** After that, and before the wait for the next turn: for what nobody waits for. */
  afterTurn: (turn: Turn) => Promise<void>;
  onFlushed: (id: number) => void;
}

interface Ending {
  point: FlushPoint;
  deadlineMs: number;
}

/** Calls the writer's turns one after the other, waits between them, and answers flushes. */
export class PipelineLoop {
  readonly #writer: BatchWriter;
  readonly #events: LoopEvents;
  readonly #now: () => number;
  readonly #flushes: { id: number; point: FlushPoint }[] = [];
  #ending: Ending | undefined;
  #interrupt: (() => void) | undefined;
  #isWoken = false;

  constructor(writer: BatchWriter, events: LoopEvents, now: () => number) {
    this.#writer = writer;
    this.#events = events;
    this.#now = now;
  }

  flush(id: number): void {
    this.#flushes.push({ id, point: this.#writer.flushPoint() });
    this.wake();
  }

  /** Ends the wait under way, or the next one. */
  wake(): void {
    this.#isWoken = true;
    this.#interrupt?.();
  }

  /** Ends when all that is recorded by now is stored, or after so many milliseconds; the earlier counts. */
  end(budgetMs: number): void {
    const deadlineMs = this.#now() + budgetMs;
    if (this.#ending === undefined) {
      this.#ending = { point: this.#writer.flushPoint(), deadlineMs };
    } else {
      this.#ending.deadlineMs = Math.min(this.#ending.deadlineMs, deadlineMs);
    }
    this.wake();
  }

  /** Runs until end(). Whether everything was stored by then. */
  async run(): Promise<boolean> {
    for (;;) {
      const turn = await this.#writer.turn();
      this.#events.onTurn(turn);
      this.#answerFlushes();
      await this.#events.afterTurn(turn);
      const ending = this.#ending;
      if (ending !== undefined) {
        if (this.#writer.hasReached(ending.point)) return true;
        if (this.#now() >= ending.deadlineMs) return false;
      }
      await this.#wait(turn);
    }
  }

  #answerFlushes(): void {
    const { length } = this.#flushes;
    for (let index = 0; index < length; index++) {
      const flush = this.#flushes.shift() as { id: number; point: FlushPoint };
      if (this.#writer.hasReached(flush.point)) this.#events.onFlushed(flush.id);
      else this.#flushes.push(flush);
    }
  }

  #wait({ delayMs, failure }: Turn): Promise<void> {
    const isHurried = this.#isWoken || this.#flushes.length > 0 || this.#ending !== undefined;
    this.#isWoken = false;
    // Somebody who waits does not make a sink that is down come back sooner.
    const waitMs = isHurried && failure === undefined ? 0 : this.#bounded(delayMs);
    return new Promise((resolve) => {
      // Also without a delay messages get their turn.
      if (waitMs === 0) return void setImmediate(resolve);
      const finish = () => {
        clearTimeout(timer);
        this.#interrupt = undefined;
        resolve();
      };
      const timer = setTimeout(finish, waitMs);
      if (failure === undefined) this.#interrupt = finish;
    });
  }

  #bounded(delayMs: number): number {
    const ending = this.#ending;
    return ending === undefined
      ? delayMs
      : Math.max(0, Math.min(delayMs, ending.deadlineMs - this.#now()));
  }
}
