import { randomUUID } from 'node:crypto';
import { eventMatcher } from '../../event/event-matcher.js';
import type { FollowPage, StoredEvent, StoreFilter } from '../event-store.js';
import type { StorePosition } from '../position.js';
import { spanOf } from '../wall-micros.js';
import { type PlacedEvent, storedEvent } from './event-row.js';

/** Events that are remembered; who is further back has missed some. */
const EVENTS_MAX = 20_000;

/** What was appended lately, in an order. */
export interface EventLog {
  add(events: readonly PlacedEvent[]): void;
  /** Where it ends now. */
  end(): Promise<StorePosition> | StorePosition;
  /** As after() of a store. */
  after(
    position: StorePosition | undefined,
    filter: StoreFilter,
    limit: number,
  ): Promise<FollowPage> | FollowPage;
  close(): void;
}

/**
 * The events that one store has appended lately, in that order: a ClickHouse has none. They are kept from the first time on
 * that somebody asks. Its positions are of this store: after another start they are those of another database.
 */
export class CommitLog implements EventLog {
  readonly #database = randomUUID();
  #events: PlacedEvent[] = [];
  /** Events before the first of these. */
  #forgotten = 0;
  #isFollowed = false;

  add(events: readonly PlacedEvent[]): void {
    if (!this.#isFollowed) {
      this.#forgotten += events.length;
      return;
    }
    for (const event of events) this.#events.push(event);
    if (this.#events.length < 2 * EVENTS_MAX) return;
    this.#forgotten += this.#events.length - EVENTS_MAX;
    this.#events = this.#events.slice(-EVENTS_MAX);
  }

  end(): StorePosition {
    this.#isFollowed = true;
    return { database: this.#database, number: this.#forgotten + this.#events.length };
  }

  close(): void {}

  after(position: StorePosition | undefined, filter: StoreFilter, limit: number): FollowPage {
    const { database, number: last } = this.end();
    if (position !== undefined && (position.database !== database || position.number > last)) {
      const start = { database, number: 0 };
      const none = { events: [], numbers: [], isEnd: false };
      return { ...none, position: start, isReset: true, hasGap: false };
    }
    const from = Math.max(position?.number ?? 0, this.#forgotten);
    const matches = matcherOf(filter);
    const events: StoredEvent[] = [];
    const numbers: number[] = [];
    let number = from;
    while (number < last && events.length < limit) {
      const stored = storedEvent(this.#events[number - this.#forgotten] as PlacedEvent);
      number++;
      if (!matches(stored)) continue;
      events.push(stored);
      numbers.push(number);
    }
    return {
      events,
      numbers,
      position: { database, number },
      isEnd: number >= last,
      isReset: false,
      hasGap: position !== undefined && position.number < from,
    };
  }
}

/** Whether an event matches a filter and its span of time. */
export function matcherOf({ from, to, ...filter }: StoreFilter): (stored: StoredEvent) => boolean {
  const matches = eventMatcher(filter);
  const { fromMicros, toMicros } = spanOf({ from, to });
  return ({ event, wallNs }) => {
    const micros = Number(wallNs / 1_000n);
    return micros >= fromMicros && micros <= toMicros && matches(event);
  };
}
