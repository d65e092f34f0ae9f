import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import type { EventPage, EventStore, RunBatch, StoredEvent } from '../../store/event-store.js';
import { decodePosition, encodePosition } from '../../store/position.js';
import { type CopyPage, type CopySource, PAGE_EVENTS } from './copy-source.js';

/** Runs whose head is remembered. */
const RUNS_MAX = 10_000;

/** Puts stored events under their runs, which are asked for when they are met. */
export class RunsOf {
  readonly #ask: (run: string) => Promise<RunInfo | undefined>;
  readonly #known = new Map<string, RunInfo>();

  constructor(ask: (run: string) => Promise<RunInfo | undefined>) {
    this.#ask = ask;
  }

  async batches(events: readonly StoredEvent[]): Promise<RunBatch[]> {
    const byRun = new Map<string, RecordedEvent[]>();
    for (const { run, lane, sequence, event } of events) {
      const own = byRun.get(run) ?? [];
      byRun.set(run, own);
      own.push({ lane, sequence, event });
    }
    const batches: RunBatch[] = [];
    for (const [name, own] of byRun) {
      const run = await this.#run(name);
      // One that is not there any more was purged, with its events.
      if (run !== undefined) batches.push({ run, events: own });
    }
    return batches;
  }

  async #run(run: string): Promise<RunInfo | undefined> {
    const known = this.#known.get(run);
    if (known !== undefined) return known;
    const found = await this.#ask(run);
    if (found === undefined) return undefined;
    if (this.#known.size >= RUNS_MAX) this.#known.clear();
    this.#known.set(run, found);
    return found;
  }
}

/** Pages of answers that say where the next one begins. */
export async function* pagesOf(
  runs: RunsOf,
  first: string | undefined,
  ask: (cursor: string | undefined) => Promise<Pick<EventPage, 'events' | 'next'>>,
): AsyncGenerator<CopyPage> {
  let cursor = first;
  do {
    const { events, next } = await ask(cursor);
    cursor = next;
    if (events.length > 0) yield { batches: await runs.batches(events), cursor: next ?? '' };
  } while (cursor !== undefined);
}

/** A SQLite database, in the order in which it took its events: what comes meanwhile is copied as well. */
export function followedSource(store: EventStore): CopySource {
  const runs = new RunsOf((run) => store.run(run));
  return {
    async *pages(cursor): AsyncGenerator<CopyPage> {
      let position = cursor === undefined ? undefined : decodePosition(cursor);
      for (;;) {
        const page = await store.after(position, { limit: PAGE_EVENTS });
        position = page.position;
        if (page.events.length > 0) {
          yield { batches: await runs.batches(page.events), cursor: encodePosition(position) };
        }
        if (page.isEnd) return;
      }
    },
    close: () => store.close(),
  };
}

/** A ClickHouse, in the order of wall time: an event that comes meanwhile and is older than the page is not seen. */
export function pagedSource(store: EventStore): CopySource {
  const runs = new RunsOf((run) => store.run(run));
  return {
    pages: (first) =>
      pagesOf(runs, first, (cursor) =>
        store.query({ order: 'oldest', limit: PAGE_EVENTS, count: false, cursor }),
      ),
    close: () => store.close(),
  };
}
