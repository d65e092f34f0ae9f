import type { ServerResponse } from 'node:http';
import type { EventFilter } from '../event/event-filter.js';
import { encodePosition, type StorePosition } from '../store/position.js';
import { Problem } from './problem.js';
import type { TailPage, TailQuestion } from './query-messages.js';
import { eventBytes, TailClient } from './tail-client.js';

const CLIENTS_MAX = 100;
const TICK_MS = 1_000;
const PAGE_EVENTS = 1_000;
/** How long a page that could not be read is waited for. */
const RETRY_MS = 1_000;

interface Client {
  readonly number: number;
  readonly filter: EventFilter;
  readonly stream: TailClient;
  readonly response: ServerResponse;
  /** What comes after it was not read for this client. */
  position: StorePosition;
}

/**
 * Live events for clients: after a commit what is new is read once, by position, and given to everyone whose filter
 * it matches. Who resumes reads on from where it was.
 */
export class Tails {
  readonly #ask: (question: TailQuestion) => Promise<TailPage>;
  readonly #endPosition: () => Promise<StorePosition>;
  readonly #clients = new Map<number, Client>();
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #nextNumber = 1;
  #isClosed = false;
  #isReading = false;
  #hasNews = false;

  /**
   * @param ask - reads a page, with events of the filters.
   * @param endPosition - where the store ends now.
   */
  constructor(
    ask: (question: TailQuestion) => Promise<TailPage>,
    endPosition: () => Promise<StorePosition>,
    now: () => number = () => performance.now(),
  ) {
    this.#ask = ask;
    this.#endPosition = endPosition;
    this.#now = now;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  get count(): number {
    return this.#clients.size;
  }

  /**
   * Adds a client, from after a position or from now on.
   *
   * @param take - gives the response, on which nothing else is written from then on.
   *
   * @throws Problem (rejects) when there are too many, and when the hub ends.
   */
  async add(
    take: () => ServerResponse,
    filter: EventFilter,
    position: StorePosition | undefined,
  ): Promise<void> {
    if (this.#clients.size >= CLIENTS_MAX) {
      throw new Problem('overloaded', `${CLIENTS_MAX} streams are open`, { retryAfterS: 10 });
    }
    const start = position ?? (await this.#endPosition());
    // It would keep the hub from ending.
    if (this.#isClosed) throw new Problem('unavailable', 'the hub ends', { retryAfterS: 1 });
    const number = this.#nextNumber++;
    const response = take();
    const stream = new TailClient(response, this.#now);
    this.#clients.set(number, { number, filter, stream, response, position: start });
    response.on('close', () => this.#clients.delete(number));
    this.onNews();
  }

  /** Reads what is new. */
  onNews(): void {
    this.#hasNews = true;
    if (this.#isReading || this.#clients.size === 0) return;
    this.#isReading = true;
    void this.#readAll().finally(() => {
      this.#isReading = false;
      if (this.#hasNews && this.#clients.size > 0) this.onNews();
    });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const { stream } of this.#clients.values()) stream.end('the hub ends');
    this.#clients.clear();
  }

  async #readAll(): Promise<void> {
    this.#hasNews = false;
    try {
      for (let isMore = true; isMore && this.#clients.size > 0; ) isMore = await this.#readPages();
    } catch {
      // The store cannot be read now: the clients wait, and miss nothing.
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
      this.#hasNews = true;
    }
  }

  /** A page for each group of clients that are at one place. Whether there is more for anybody. */
  async #readPages(): Promise<boolean> {
    const groups = groupsOf(this.#clients.values());
    const ends = await Promise.all([...groups.values()].map((group) => this.#readPage(group)));
    return ends.includes(false);
  }

  /** Whether the clients have all that there is. */
  async #readPage(group: readonly Client[]): Promise<boolean> {
    const { position } = group[0] as Client;
    const page = await this.#ask({
      position,
      limit: PAGE_EVENTS,
      filters: group.map(({ number, filter }) => [number, filter]),
    });
    this.#give(page);
    for (const client of group) {
      // What was purged, or of a database that is no longer there, cannot be counted: one at least.
      if (page.hasGap || page.isReset) client.stream.miss(1);
      client.position = page.position;
    }
    return page.isEnd;
  }

  #give({ events, position }: TailPage): void {
    for (const { number, line, filters } of events) {
      const bytes = eventBytes(line, encodePosition({ database: position.database, number }));
      for (const client of filters) this.#clients.get(client)?.stream.send(bytes);
    }
  }

  #tick(): void {
    for (const [number, { stream, response }] of this.#clients) {
      if (stream.tick()) continue;
      this.#clients.delete(number);
      response.destroy();
    }
  }
}

function groupsOf(clients: Iterable<Client>): Map<string, Client[]> {
  const groups = new Map<string, Client[]>();
  for (const client of clients) {
    const place = encodePosition(client.position);
    groups.set(place, [...(groups.get(place) ?? []), client]);
  }
  return groups;
}
