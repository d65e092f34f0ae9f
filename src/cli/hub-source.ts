import type { SummaryEvent } from '../analysis/summary.js';
import type { Anchored } from '../event/clock.js';
import { checkSteadyRange, type EventFilter, type SteadyRange } from '../event/event-filter.js';
import type { StoredEvent } from '../event/stored-event.js';
import type { TraceEvent } from '../event/trace-event.js';
import type { chainAnswer, recentAnswer, statsAnswer } from '../hub/schemas/answers.js';
import type { Answer } from '../hub/schemas/typed.js';
import { int64Of, parseExactJson } from '../wire/exact-json.js';
import { formatQueryLine } from '../wire/query-line.js';
import { readStoredEvents } from '../wire/stored-events.js';
import type { HubClient } from './hub-client.js';
import type { TraceExtent, TraceHead, TraceSize, TraceSource } from './trace-source.js';

const PAGE_EVENTS = '1000';

/** Events of many processes have no steady clock in common: they are placed by wall time. */
export const WALL_CLOCK: Anchored = { anchors: [{ steadyNs: 0n, wallNs: 0n }] };

/** An event on {@link WALL_CLOCK}. */
export function onWallClock({ event, wallNs }: StoredEvent): TraceEvent {
  return { ...event, timestampNs: wallNs };
}

/** What a hub has, asked over HTTP. */
export class HubSource implements TraceSource {
  readonly #client: HubClient;

  constructor(client: HubClient) {
    this.#client = client;
  }

  async head(): Promise<TraceHead> {
    const { runs } = await this.#stats();
    return {
      clock: WALL_CLOCK,
      metadata: undefined,
      database: undefined,
      hub: { runs },
    };
  }

  async size(): Promise<TraceSize> {
    const { events } = await this.#stats();
    return { events, selection: undefined, isCut: false };
  }

  async extent(): Promise<TraceExtent | undefined> {
    const stats = await this.#stats();
    const [firstNs, lastNs] = [int64Of(stats.oldest_wall_ns), int64Of(stats.newest_wall_ns)];
    return firstNs === undefined || lastNs === undefined ? undefined : { firstNs, lastNs };
  }

  summaryEvents(): AsyncIterable<SummaryEvent> {
    return this.inOrder({});
  }

  async *inOrder(
    filter: EventFilter & SteadyRange,
    limit = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<TraceEvent, void, undefined> {
    const { start, end } = checkSteadyRange(filter);
    let count = 0;
    let cursor: string | undefined;
    while (count < limit) {
      const text = await this.#client.get('recent', {
        where: formatQueryLine(filter) || undefined,
        from: start?.toString(),
        to: end?.toString(),
        order: 'oldest',
        limit: PAGE_EVENTS,
        cursor,
      });
      const page = parseExactJson(text) as Answer<typeof recentAnswer>;
      for (const stored of readStoredEvents(page.items)) {
        yield onWallClock(stored);
        if (++count >= limit) return;
      }
      if (page.next === null) return;
      cursor = page.next;
    }
  }

  async *chain(requestId: string): AsyncGenerator<TraceEvent, void, undefined> {
    const text = await this.#client.get(`traces/${encodeURIComponent(requestId)}`);
    const { items } = parseExactJson(text) as Answer<typeof chainAnswer>;
    yield* readStoredEvents(items).map(onWallClock);
  }

  close(): void {}

  async #stats(): Promise<Answer<typeof statsAnswer>> {
    return parseExactJson(await this.#client.get('stats')) as Answer<typeof statsAnswer>;
  }
}
