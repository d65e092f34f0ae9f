import { setTimeout } from 'node:timers/promises';
import { messageOf } from '../thrown.js';
import type { AlertNotice } from './alert-notice.js';
import type { AlertAction } from './alert-rule.js';

/** Of one action; the oldest makes room. */
const WAITING_MAX = 1_000;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 60_000;
/** After that nobody needs to be told any more. */
const GIVE_UP_MS = 24 * 3_600_000;

/** A receiver that refuses a notice for good. */
export class RefusedNotice extends Error {}

export interface OutboxParts {
  /** Rejects with {@link RefusedNotice} when another try would come to the same. */
  readonly send: (notice: AlertNotice) => Promise<void>;
  /** Told when a notice is nobody's business any more. */
  readonly onDone: (notice: AlertNotice) => Promise<void>;
  readonly onProblem: (message: string) => void;
}

interface Waiting {
  readonly notice: AlertNotice;
  readonly sinceMs: number;
}

/** Notices on their way: of each action one after the other, in their order, tried again until they are taken. */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #lines = new Map<AlertAction, Waiting[]>();
  readonly #stopped = new AbortController();
  #givenUp = 0;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  get waiting(): number {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.length, 0);
  }

  /** Notices that nobody has taken. */
  get givenUp(): number {
    return this.#givenUp;
  }

  add(notice: AlertNotice): void {
    const line = this.#lines.get(notice.action);
    const waiting = { notice, sinceMs: performance.now() };
    if (line !== undefined) {
      line.push(waiting);
      // The first is being sent.
      if (line.length > WAITING_MAX) void this.#giveUp(line.splice(1, 1)[0] as Waiting, 'too many');
      return;
    }
    const begun = [waiting];
    this.#lines.set(notice.action, begun);
    void this.#work(notice.action, begun);
  }

  /** What was not taken is kept, and sent after the next start. */
  close(): void {
    this.#stopped.abort();
  }

  async #work(action: AlertAction, line: Waiting[]): Promise<void> {
    let retryMs = RETRY_MIN_MS;
    for (let next = line[0]; next !== undefined; next = line[0]) {
      const problem = await this.#try(next);
      if (this.#stopped.signal.aborted) return;
      const isOver = performance.now() - next.sinceMs >= GIVE_UP_MS;
      if (problem !== undefined && !isOver && !(problem instanceof RefusedNotice)) {
        if (retryMs === RETRY_MIN_MS) {
          this.#parts.onProblem(`${nameOf(next)}: ${messageOf(problem)}; it is tried again`);
        }
        await this.#pause(retryMs);
        retryMs = Math.min(2 * retryMs, RETRY_MAX_MS);
        if (this.#stopped.signal.aborted) return;
        continue;
      }
      retryMs = RETRY_MIN_MS;
      line.shift();
      if (problem === undefined) await this.#parts.onDone(next.notice);
      else await this.#giveUp(next, messageOf(problem));
    }
    this.#lines.delete(action);
  }

  async #try({ notice }: Waiting): Promise<unknown> {
    try {
      await this.#parts.send(notice);
      return undefined;
    } catch (error) {
      return error ?? new Error('it failed');
    }
  }

  /** Ends early when the outbox is closed. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopped;
    await setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined);
  }

  async #giveUp(waiting: Waiting, why: string): Promise<void> {
    this.#givenUp++;
    this.#parts.onProblem(`${nameOf(waiting)} is given up: ${why}`);
    await this.#parts.onDone(waiting.notice);
  }
}

const nameOf = ({ notice }: Waiting): string => `the ${notice.action} of alert ${notice.rule}`;
