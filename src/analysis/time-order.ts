import { TraceError } from '../errors.js';
import type { TraceEvent } from '../event/trace-event.js';
import type { EventSource } from './summary.js';

/** Options of {@link inTimeOrder}. */
export interface TimeOrderOptions {
  /** The first so many in time order; 0 gives none. Default: all. */
  limit?: number | undefined;
  /** Characters of events held at once, roughly. Default: 24 Mi. Less takes more passes. */
  charactersMax?: number | undefined;
}

const CHARACTERS_MAX = 24 * 1024 * 1024;
/** What an event costs beside its own characters: ten fields and the object. */
const EVENT_CHARACTERS = 200;

/**
 * Sorts the matching events of a source by timestamp, equal ones in the order of the source, in
 * bounded memory: 20 bytes per match and a buffer of `charactersMax`.
 *
 * The first pass only notes when matches happened, which gives each its rank. The second puts out
 * events as their turn comes, holding those that are early. A recorder writes nearly in time
 * order, so few are; when they fill the buffer, those due last are let go and fetched by one more
 * pass.
 *
 * @param open - begins a pass over the same events; called at least once, more often as needed.
 * @param matches - pure, as it is asked again in every pass.
 * @throws whatever the source throws; damage that the first pass finds is thrown before any event
 * is put out. TraceError `ERR_TRACE_FILE` when a later pass brings other events than the first.
 */
export async function* inTimeOrder(
  open: () => EventSource,
  matches: (event: TraceEvent) => boolean,
  options: TimeOrderOptions = {},
): AsyncGenerator<TraceEvent, void, undefined> {
  const ranks = await rankMatches(open(), matches);
  const total = Math.min(ranks.length, options.limit ?? ranks.length);
  const charactersMax = options.charactersMax ?? CHARACTERS_MAX;
  for (let next = 0; next < total; ) {
    const first = next;
    const early = new EarlyEvents(total);
    let match = 0;
    for await (const event of open()) {
      if (!matches(event)) continue;
      const rank = ranks[match++] as number;
      if (rank < next) continue;
      if (rank > next) {
        early.hold(rank, event, charactersMax);
        continue;
      }
      yield event;
      next++;
      for (let held = early.take(next); held !== undefined; held = early.take(next)) {
        yield held;
        next++;
      }
      if (next >= total) return;
    }
    if (next === first) {
      throw new TraceError('ERR_TRACE_FILE', 'the events changed while they were being sorted');
    }
  }
}

/** For each match, in the order of the source, its place in time order. */
async function rankMatches(
  events: EventSource,
  matches: (event: TraceEvent) => boolean,
): Promise<Uint32Array> {
  let times = new BigInt64Array(1024);
  let count = 0;
  for await (const event of events) {
    if (!matches(event)) continue;
    if (count === times.length) {
      const larger = new BigInt64Array(2 * count);
      larger.set(times);
      times = larger;
    }
    times[count++] = event.timestampNs;
  }
  const order = new Uint32Array(count).map((_, index) => index);
  order.sort((a, b) => {
    const timeA = times[a] as bigint;
    const timeB = times[b] as bigint;
    return timeA < timeB ? -1 : timeA > timeB ? 1 : a - b;
  });
  const ranks = new Uint32Array(count);
  order.forEach((match, rank) => {
    ranks[match] = rank;
  });
  return ranks;
}

/** Events whose turn has not come. Gives up those due last, which another pass will bring. */
class EarlyEvents {
  readonly #events = new Map<number, TraceEvent>();
  /** Events of this rank and later are not held. */
  #rankEnd: number;
  #characters = 0;

  constructor(rankEnd: number) {
    this.#rankEnd = rankEnd;
  }

  hold(rank: number, event: TraceEvent, charactersMax: number): void {
    if (rank >= this.#rankEnd) return;
    this.#events.set(rank, event);
    this.#characters += charactersOf(event);
    if (this.#characters > charactersMax) this.#giveUpLaterHalf();
  }

  take(rank: number): TraceEvent | undefined {
    const event = this.#events.get(rank);
    if (event === undefined) return undefined;
    this.#events.delete(rank);
    this.#characters -= charactersOf(event);
    return event;
  }

  /** Half at once, so that the cost of finding them is spread over as many events. */
  #giveUpLaterHalf(): void {
    const ranks = Uint32Array.from(this.#events.keys()).sort();
    const keep = ranks.length >> 1;
    this.#rankEnd = ranks[keep] ?? this.#rankEnd;
    for (const rank of ranks.subarray(keep)) this.take(rank);
  }
}

function charactersOf(event: TraceEvent): number {
  let characters =
    EVENT_CHARACTERS +
    event.component.length +
    event.eventType.length +
    event.modelId.length +
    event.requestId.length +
    event.rationale.length;
  for (const key of Object.keys(event.attributes)) {
    characters += EVENT_CHARACTERS / 4 + key.length + (event.attributes[key] as string).length;
  }
  return characters;
}
