import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AppendOptions } from '../../src/event/event-sink.js';
import type { RecordedEvent } from '../../src/event/recorded-event.js';
import { SEVERITIES, severityRank } from '../../src/event/severity.js';
import type {
  EventStore,
  PurgeOptions,
  StoredEvent,
  StoreFilter,
  StoreQuery,
  WallRange,
} from '../../src/store/event-store.js';
import { expectTraceError } from '../support/collect.js';
import { makeEvents, makeRecorded, makeRun, WALL_NS } from '../support/recorded-events.js';

const NANOS_PER_MILLI = 1_000_000n;
const EVENTS = 150;

/** All pages of a query, one after the other. */
async function allPages(store: EventStore, query: StoreQuery): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query({ ...query, cursor });
    found.push(...page.events);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** What a filter means, without any database. */
function matches(filter: StoreFilter, { event }: RecordedEvent, wallNs: bigint): boolean {
  const status = severityRank(event.severity) >= 2 ? 'ERR' : 'OK';
  const texts = [event.rationale, ...Object.entries(event.attributes).flat()].map(lower);
  const is = (expected: unknown, actual: unknown) => expected === undefined || expected === actual;
  return (
    is(filter.process, event.attributes.process ?? event.component) &&
    is(filter.component, event.component) &&
    is(filter.eventType, event.eventType) &&
    is(filter.modelId, event.modelId) &&
    is(filter.requestId, event.requestId) &&
    is(filter.status, status) &&
    severityRank(event.severity) >= severityRank(filter.minSeverity ?? 'Info') &&
    (filter.from === undefined || wallNs >= filter.from) &&
    (filter.to === undefined || wallNs <= filter.to) &&
    (filter.text === undefined || texts.some((text) => text.includes(lower(filter.text as string))))
  );
}

// Few values, so that filters meet; and all that means something to LIKE or to JSON.
const name = fc.constantFrom('a', 'A', 'b%', 'ab');
const text = fc.string({
  unit: fc.constantFrom(...'aAbnu0%_~\\"\'{},:\n\té[]'),
  maxLength: 4,
});
const ms = fc.integer({ min: 0, max: 12 });
const randomEvent = fc.record({
  ms,
  component: name,
  eventType: name,
  modelId: fc.oneof(fc.constant(''), name),
  requestId: fc.oneof(fc.constant(''), name),
  severity: fc.constantFrom(...SEVERITIES),
  rationale: text,
  attributes: fc.oneof(
    fc.constant({}),
    fc.record({ process: name }),
    fc.record({ process: name, note: text, 'a"b': text }),
  ),
});
const wallNs = ms.map((value) => WALL_NS + BigInt(value) * NANOS_PER_MILLI);
const filters = {
  process: name,
  component: name,
  eventType: name,
  modelId: fc.oneof(fc.constant(''), name),
  requestId: fc.oneof(fc.constant(''), name),
  status: fc.constantFrom('OK' as const, 'ERR' as const),
  minSeverity: fc.constantFrom(...SEVERITIES),
  from: wallNs,
  to: wallNs,
  text: text.filter((value) => value !== ''),
};
const FILTER_NAMES = Object.keys(filters) as (keyof typeof filters)[];
/** Of up to four filters at once: of more there would hardly be a match. */
const randomFilter = fc
  .record({
    names: fc.subarray(FILTER_NAMES, { maxLength: 4 }),
    values: fc.record(filters),
    order: fc.constantFrom('newest' as const, 'oldest' as const),
    limit: fc.integer({ min: 1, max: 40 }),
  })
  .map(({ names, values, order, limit }): StoreQuery => {
    const chosen = Object.fromEntries(names.map((key) => [key, values[key]]));
    return { ...chosen, order, limit };
  })
  .filter(({ from, to }) => from === undefined || to === undefined || from <= to);

/** The part of the suite that is about finding events. */
export function describeQueries(storeOf: () => EventStore): void {
  it('finds page by page what a filter of an array finds', async () => {
    const store = storeOf();
    const events = fc.sample(randomEvent, { numRuns: EVENTS, seed: 4 }).map((event, sequence) => ({
      ms: event.ms,
      placed: makeRecorded(sequence, event),
    }));
    await store.append(
      makeRun(),
      events.map(({ placed }) => placed),
    );
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(randomFilter, async (query) => {
        const expected = events
          .filter((event) =>
            matches(query, event.placed, WALL_NS + BigInt(event.ms) * NANOS_PER_MILLI),
          )
          .sort((a, b) => a.ms - b.ms || a.placed.sequence - b.placed.sequence)
          .map(({ placed }) => placed.sequence);
        if (query.order !== 'oldest') expected.reverse();
        const found = await allPages(store, query);
        expect(found.map(({ sequence }) => sequence)).toEqual(expected);
        const { total } = await store.query(query);
        expect(total).toEqual({ count: expected.length, isExact: true });
        if (expected.length > 0) hits++;
      }),
      { numRuns: 300 },
    );
    expect(hits).toBeGreaterThan(50);
  });

  it.each(['newest', 'oldest'] as const)(
    'pages stay as they are while events come, %s',
    async (order) => {
      const store = storeOf();
      const run = makeRun();
      await store.append(run, makeEvents(100));
      const pages: number[] = [];
      let cursor: string | undefined;
      let sequence = 100;
      do {
        const page = await store.query({
          order,
          limit: 7,
          cursor,
          to: WALL_NS + 99n * NANOS_PER_MILLI,
        });
        pages.push(...page.events.map((event) => event.sequence));
        cursor = page.next;
        await store.append(run, [makeRecorded(sequence++), makeRecorded(sequence++, { ms: 500 })]);
      } while (cursor !== undefined);
      const expected = Array.from({ length: 100 }, (_, index) => index);
      expect(pages).toEqual(order === 'oldest' ? expected : expected.toReversed());
    },
  );

  it('counts exactly up to 10 000, then says that there are more', async () => {
    const store = storeOf();
    const run = makeRun();
    const severity = (index: number) => ({ severity: index % 2 ? 'Error' : 'Info' }) as const;
    await store.append(run, makeEvents(10_000, severity));
    const limits = [{}, { process: 'Scheduler' }, { component: 'Scheduler' }, { text: 'decision' }];
    for (const filter of limits) {
      expect((await store.query(filter)).total).toEqual({ count: 10_000, isExact: true });
    }
    await store.append(run, [makeRecorded(10_000)]);
    for (const filter of limits) {
      const { total, events } = await store.query(filter);
      expect(total).toEqual({ count: 10_000, isExact: false });
      expect(events).toHaveLength(50);
    }
    expect((await store.query({ status: 'ERR' })).total).toEqual({ count: 5000, isExact: true });
    expect((await store.query({ count: false })).total).toBeUndefined();
  });

  it('refuses what cannot be matched, and the cursor of another query', async () => {
    const store = storeOf();
    await store.append(makeRun(), makeEvents(10));
    const wrong: [StoreQuery, RegExp][] = [
      [{ limit: 0 }, /limit must be an integer from 1 to 1000; got 0/],
      [{ limit: 1001 }, /limit/],
      [{ from: 2n, to: 1n }, /from must not be after to; got 2 and 1/],
      [{ from: 5 as unknown as bigint }, /from must be a bigint/],
      [{ text: '' }, /text must be of 1 to 200 characters/],
      [{ text: 'x'.repeat(201) }, /text/],
      [{ status: 'BAD' as 'OK' }, /status must be OK or ERR; got "BAD"/],
      [{ minSeverity: 'Fatal' as 'Info' }, /minSeverity/],
      [{ order: 'up' as 'oldest' }, /order/],
      [{ process: 5 as unknown as string }, /process must be a string/],
      [{ cursor: 'nonsense' }, /cursor must be the `next`/],
      [{ requestID: 'r' } as StoreQuery, /a field of the query must be one of .*; got "requestID"/],
      [null as unknown as StoreQuery, /the query must be an object; got null/],
      [{ count: 0 as unknown as boolean }, /count must be a boolean; got 0/],
    ];
    for (const [query, message] of wrong) {
      await expectTraceError(() => store.query(query), 'ERR_TRACE_QUERY', message);
    }
    const { next: cursor } = await store.query({ limit: 3 });
    expect(cursor).toBeDefined();
    await expectTraceError(
      () => store.query({ limit: 3, process: 'Scheduler', cursor }),
      'ERR_TRACE_QUERY',
      /cursor/,
    );
  });
}

/** That text with a NUL is text. */
export function describeNul(storeOf: () => EventStore): void {
  it('text before a NUL is found, whichever SQLite it is', async () => {
    const store = storeOf();
    const texts = ['needle\0after', 'before\0', 'nothing'];
    await store.append(
      makeRun(),
      makeEvents(3, (index) => ({ rationale: texts[index] as string })),
    );
    const { events, total } = await store.query({ text: 'NEEDLE' });
    expect(events.map(({ event }) => event.rationale)).toEqual(['needle\0after']);
    expect(total).toEqual({ count: 1, isExact: true });
    expect((await store.query({ text: 'before' })).events).toHaveLength(1);
  });
}

/** That nothing misspelt or left out is taken for "everything". */
export function describeRefusals(storeOf: () => EventStore): void {
  it('what is missing or misspelt is refused, never taken for everything', async () => {
    const store = storeOf();
    await store.append(makeRun(), makeEvents(3));
    const missing = undefined as unknown as string;
    const misspelt = { form: 5n } as WallRange;
    const wrong: [() => Promise<unknown>, RegExp][] = [
      [() => store.chain(missing), /requestId must be a non-empty string; got undefined/],
      [() => store.chain('r', { max: 5 } as { limit?: number }), /one of limit; got "max"/],
      [() => store.chain('r', { limit: 0 }), /limit/],
      [() => store.percentiles(missing), /process must be a non-empty string; got undefined/],
      [() => store.percentiles('Scheduler', misspelt), /one of from, to; got "form"/],
      [() => store.processes(misspelt), /one of from, to; got "form"/],
    ];
    for (const [ask, message] of wrong) await expectTraceError(ask, 'ERR_TRACE_QUERY', message);
    const options: [() => Promise<unknown>, RegExp][] = [
      [() => store.append(makeRun(), [], { sync: true } as AppendOptions), /got "sync"/],
      [() => store.purge(missing as unknown as number), /olderThanMs must be milliseconds/],
      [() => store.purge(0, { budget: 5 } as PurgeOptions), /one of budgetMs; got "budget"/],
      [() => store.maintain({ budgetMs: -1 }), /budgetMs/],
    ];
    for (const [use, message] of options) await expectTraceError(use, 'ERR_TRACE_OPTION', message);
    expect((await store.stats()).events).toBe(3);
  });
}
