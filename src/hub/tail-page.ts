import type { EventFilter } from '../event/event-filter.js';
import { eventMatcher } from '../event/event-matcher.js';
import type { EventStore } from '../store/event-store.js';
import { eventText } from './answers.js';
import type { TailPage, TailQuestion } from './query-messages.js';

/** What comes after a position, for the filters that it matches. @throws TraceError as the store does. */
export async function tailPage(
  store: EventStore,
  { position, limit, filters }: TailQuestion,
): Promise<TailPage> {
  const matchers = filters.map(([number, filter]: readonly [number, EventFilter]) => ({
    number,
    matches: eventMatcher(filter),
  }));
  const page = await store.after(position, { limit });
  const events = page.events.flatMap((stored, index) => {
    const matching = matchers.filter(({ matches }) => matches(stored.event));
    if (matching.length === 0) return [];
    const number = page.numbers[index] as number;
    return [
      { number, line: eventText(stored), filters: matching.map((matcher) => matcher.number) },
    ];
  });
  const { isEnd, isReset, hasGap } = page;
  return { events, position: page.position, isEnd, isReset, hasGap };
}
