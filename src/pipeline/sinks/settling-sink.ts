import {
  type AppendOptions,
  type AppendResult,
  type EventSink,
  isPermanent,
  type RejectedEvent,
  type SourceState,
} from '../../event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import { messageOf } from '../../thrown.js';
import { checkedResult } from './checked-result.js';

/** Told once of every event that the sink has refused for good. */
export type OnRefused = (run: RunInfo, placed: RecordedEvent, reason: string) => void;

/**
 * Makes of a sink that refuses batches one that refuses events: a batch that is refused for good is
 * asked for again in halves, down to single events. So one bad event holds up nothing after it, and
 * too large a batch gets in all the same.
 *
 * When the sink fails for now in the middle of that, append() rejects, and what the parts have come to is
 * remembered until the same events come again, in whatever batches: nothing is taken twice.
 */
export class SettlingSink implements EventSink {
  readonly #sink: EventSink;
  readonly #onRefused: OnRefused;
  readonly #onMalformed: (problem: string) => void;
  /** By place: the reason of a refusal, undefined for what was taken. Of appends that then failed. */
  readonly #settled = new Map<string, string | undefined>();
  #duplicates = 0;

  constructor(sink: EventSink, onRefused: OnRefused, onMalformed: (problem: string) => void) {
    this.#sink = sink;
    this.#onRefused = onRefused;
    this.#onMalformed = onMalformed;
  }

  async append(
    run: RunInfo,
    events: readonly RecordedEvent[],
    options: AppendOptions,
  ): Promise<AppendResult> {
    if (this.#settled.size === 0) {
      try {
        return await this.#appendWhole(run, events, options);
      } catch (error) {
        if (!isPermanent(error)) throw error;
        await this.#split(run, events, options, error);
      }
    } else {
      const open = events.filter((event) => !this.#settled.has(keyOf(run, event)));
      if (open.length > 0) await this.#settle(run, open, options);
    }
    return this.#collect(run, events);
  }

  async maintain(): Promise<unknown> {
    return this.#sink.maintain?.();
  }

  async drained(state: () => SourceState): Promise<void> {
    await this.#sink.drained?.(state);
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  async #appendWhole(
    run: RunInfo,
    events: readonly RecordedEvent[],
    options: AppendOptions,
  ): Promise<AppendResult> {
    const answer: unknown = await this.#sink.append(run, events, options);
    const result = checkedResult(answer, events.length, this.#onMalformed);
    for (const { index, reason } of result.rejected) {
      this.#onRefused(run, events[index] as RecordedEvent, reason);
    }
    return result;
  }

  async #settle(
    run: RunInfo,
    events: readonly RecordedEvent[],
    options: AppendOptions,
  ): Promise<void> {
    try {
      const { duplicates, rejected } = await this.#appendWhole(run, events, options);
      const reasons = new Map(rejected.map(({ index, reason }) => [index, reason]));
      for (const [index, event] of events.entries()) {
        this.#settled.set(keyOf(run, event), reasons.get(index));
      }
      this.#duplicates += duplicates;
    } catch (error) {
      if (!isPermanent(error)) throw error;
      await this.#split(run, events, options, error);
    }
  }

  /** The batch was refused: its halves are asked for, and a single event is given up. */
  async #split(
    run: RunInfo,
    events: readonly RecordedEvent[],
    options: AppendOptions,
    refusal: unknown,
  ): Promise<void> {
    if (events.length > 1) {
      const half = Math.ceil(events.length / 2);
      await this.#settle(run, events.slice(0, half), options);
      await this.#settle(run, events.slice(half), options);
      return;
    }
    const event = events[0] as RecordedEvent;
    const reason = messageOf(refusal);
    this.#settled.set(keyOf(run, event), reason);
    this.#onRefused(run, event, reason);
  }

  /** What has become of the events, each of which is settled. */
  #collect(run: RunInfo, events: readonly RecordedEvent[]): AppendResult {
    const rejected: RejectedEvent[] = [];
    for (const [index, event] of events.entries()) {
      const key = keyOf(run, event);
      const reason = this.#settled.get(key);
      if (reason !== undefined) rejected.push({ index, reason });
      this.#settled.delete(key);
    }
    const duplicates = Math.min(this.#duplicates, events.length - rejected.length);
    this.#duplicates -= duplicates;
    return { inserted: events.length - rejected.length - duplicates, duplicates, rejected };
  }
}

function keyOf({ run }: RunInfo, { lane, sequence }: RecordedEvent): string {
  return `${run}/${lane}/${sequence}`;
}
