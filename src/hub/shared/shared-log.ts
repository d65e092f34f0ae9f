import { randomUUID } from 'node:crypto';
import { RedisLink, type Reply } from '../../gate/redis-link.js';
import { CommitLog, type EventLog, matcherOf } from '../../store/clickhouse/commit-log.js';
import { type PlacedEvent, storedEvent } from '../../store/clickhouse/event-row.js';
import type { FollowPage, StoredEvent, StoreFilter } from '../../store/event-store.js';
import type { StorePosition } from '../../store/position.js';
import { parseExactJson } from '../../wire/exact-json.js';
import { readStoredEvent } from '../../wire/stored-events.js';
import { eventText } from '../answers.js';
import { shareKeys } from './share-keys.js';

/** Entries that Redis remembers, some 40 MB at most; who is further back has missed some. */
const ENTRIES_MAX = 1_000;
/** Events of one entry. */
const ENTRY_EVENTS = 100;
/** How long somebody reads after the last question. */
const READERS_MS = 10_000;
/** Events that wait for Redis; of what comes while there are more the number is told alone. */
const WAITING_MAX = 20_000;

const BEGIN = `
if redis.call('SETNX', KEYS[1], ARGV[1]) == 1 then redis.call('DEL', KEYS[2], KEYS[3]) end`;

/**
 * KEYS order, number, stream; ARGV a new name of the order, how many events, entries that are kept, their lines. One
 * script: what has a later number is later in the stream. Without lines they are counted alone.
 */
const ADD = `${BEGIN}
local last = string.format('%.0f', redis.call('INCRBY', KEYS[2], ARGV[2]))
if ARGV[4] ~= '' then
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[3], last .. '-0', 'n', ARGV[2], 'lines', ARGV[4])
end
return last`;

/** KEYS order, number, stream, readers; ARGV a new name of the order, milliseconds, the first number, entries. */
const READ = `${BEGIN}
redis.call('SET', KEYS[4], '1', 'PX', ARGV[2])
local entries = redis.call('XRANGE', KEYS[3], ARGV[3] .. '-0', '+', 'COUNT', ARGV[4])
return {redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]) or '0', entries}`;

interface Read {
  readonly end: StorePosition;
  readonly entries: readonly { readonly last: number; readonly lines: readonly string[] }[];
}

/**
 * The events that any hub with the same Redis has appended lately, in one order. What nobody reads is counted alone.
 * While Redis is away it has what this hub appends.
 */
export class SharedLog implements EventLog {
  readonly #own = new CommitLog();
  readonly #link: RedisLink;
  readonly #keys: readonly string[];
  readonly #readers: string;
  #isUp = false;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param store - UUID of the store.
   * @param onNews - something was added, by whichever hub.
   * @throws TraceError `ERR_TRACE_PEER`.
   */
  constructor(url: string, store: string, onNews: () => void) {
    const { events, eventNumber, eventOrder, eventReaders } = shareKeys(store);
    this.#keys = [eventOrder, eventNumber, events];
    this.#readers = eventReaders;
    this.#link = new RedisLink(url, events, {
      onUp: () => {
        this.#isUp = true;
        onNews();
      },
      onDown: () => {
        this.#isUp = false;
      },
      onChange: onNews,
    });
  }

  add(events: readonly PlacedEvent[]): void {
    this.#own.add(events);
    if (!this.#isUp) return;
    const isTooMuch = this.#waiting > WAITING_MAX;
    this.#waiting += events.length;
    this.#last = this.#last
      .then(() => this.#publish(events, isTooMuch))
      // The link says that it is down. Who reads hears of a gap.
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= events.length;
      });
  }

  async end(): Promise<StorePosition> {
    const read = await this.#read(0, 1);
    return read === undefined ? this.#own.end() : read.end;
  }

  async after(
    position: StorePosition | undefined,
    filter: StoreFilter,
    limit: number,
  ): Promise<FollowPage> {
    const entries = Math.ceil(limit / ENTRY_EVENTS);
    const read = await this.#read((position?.number ?? 0) + 1, entries);
    const own = this.#own.end();
    if (read === undefined && (position === undefined || position.database === own.database)) {
      return this.#own.after(position, filter, limit);
    }
    const end = read?.end ?? own;
    const isKnown =
      position === undefined ||
      (position.database === end.database && position.number <= end.number);
    if (read !== undefined && isKnown) {
      return pageOf(read, { from: position?.number, filter, limit });
    }
    // Of this hub alone, and Redis is there again; the reverse; or of a Redis that has forgotten.
    const none = { events: [], numbers: [], isEnd: true };
    return { ...none, position: end, isReset: true, hasGap: false };
  }

  close(): void {
    this.#link.close();
  }

  async #publish(events: readonly PlacedEvent[], isTooMuch: boolean): Promise<void> {
    const isRead = !isTooMuch && (await this.#link.send('EXISTS', this.#readers)) === 1;
    for (let first = 0; first < events.length; ) {
      const some = isRead ? events.slice(first, first + ENTRY_EVENTS) : events;
      const lines = isRead ? some.map((event) => eventText(storedEvent(event))).join('\n') : '';
      await this.#script(ADD, this.#keys, [String(some.length), String(ENTRIES_MAX), lines]);
      first += some.length;
    }
  }

  /** Undefined while Redis is away. */
  async #read(first: number, entries: number): Promise<Read | undefined> {
    if (!this.#isUp) return undefined;
    try {
      const reply = await this.#script(
        READ,
        [...this.#keys, this.#readers],
        [String(READERS_MS), String(first), String(entries)],
      );
      const [database, number, found] = reply as [string, string, [string, string[]][]];
      return {
        end: { database, number: Number(number) },
        entries: found.map(([id, [, , , lines]]) => ({
          last: Number.parseInt(id, 10),
          lines: (lines as string).split('\n'),
        })),
      };
    } catch {
      return undefined;
    }
  }

  #script(script: string, keys: readonly string[], values: readonly string[]): Promise<Reply> {
    return this.#link.send('EVAL', script, String(keys.length), ...keys, randomUUID(), ...values);
  }
}

function pageOf(
  { end, entries }: Read,
  { from, filter, limit }: { from: number | undefined; filter: StoreFilter; limit: number },
): FollowPage {
  const matches = matcherOf(filter);
  const events: StoredEvent[] = [];
  const numbers: number[] = [];
  let number = from ?? 0;
  let hasGap = false;
  for (const { last, lines } of entries) {
    const first = last - lines.length + 1;
    if (first > number + 1 && from !== undefined) hasGap = true;
    for (const [index, line] of lines.entries()) {
      if (first + index <= number) continue;
      if (events.length === limit) break;
      number = first + index;
      const stored = readStoredEvent(parseExactJson(line));
      if (!matches(stored)) continue;
      events.push(stored);
      numbers.push(number);
    }
  }
  // What follows the last entry was counted alone.
  if (entries.length === 0 && end.number > number) {
    hasGap = from !== undefined;
    number = end.number;
  }
  return {
    events,
    numbers,
    position: { database: end.database, number },
    isEnd: number >= end.number,
    isReset: false,
    hasGap,
  };
}
