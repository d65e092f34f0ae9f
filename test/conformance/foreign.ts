import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { TraceEvent } from '../../src/event/trace-event.js';
import type { EventStore } from '../../src/store/event-store.js';
import { expectTraceError } from '../support/collect.js';
import { randomFrom } from '../support/random.js';
import { makeEvents, makeRecorded, makeRun, WALL_NS } from '../support/recorded-events.js';
import type { StoreMaker } from './event-store.js';

const longKey = (number: number) => new Uint8Array(16).fill(number % 256).fill(number / 256, 8);
const keyOf = (number: number) => new Uint8Array(16).fill(number);
const eventOf = (number: number, wallNs = WALL_NS) => ({
  ...makeRecorded(number).event,
  timestampNs: wallNs,
});

/** Events and runs as they were appended. */
export function describePlaces(storeOf: () => EventStore): void {
  it('an event is found by its place', async () => {
    const store = storeOf();
    const run = makeRun();
    const events = makeEvents(3);
    await store.append(run, events);
    const found = await store.event({ run: run.run, lane: 0, sequence: 1 });
    expect(found?.event.eventId).toBe(events[1]?.event.eventId);
    expect(await store.event({ run: run.run, lane: 0, sequence: 9 })).toBeUndefined();
    expect(await store.event({ run: randomUUID(), lane: 0, sequence: 1 })).toBeUndefined();
    await expectTraceError(
      () => store.event({ run: '', lane: 0, sequence: 1 }),
      'ERR_TRACE_QUERY',
      /must be/,
    );
  });

  it('a run is found as it was appended, with each anchor of its clock', async () => {
    const store = storeOf();
    const run = makeRun({ service: 'checkout', host: 'a', version: '1.2' });
    const [first] = run.anchors;
    const step = { steadyNs: (first?.steadyNs ?? 0n) + 10n, wallNs: 7n };
    const whole = { ...run, anchors: [...run.anchors, step] };
    await store.append(run, makeEvents(1));
    await store.append(whole, makeEvents(2));
    expect(await store.run(run.run)).toEqual(whole);
    expect(await store.run(randomUUID())).toBeUndefined();
  });
}

/** Events that no collector of ours has recorded. */
export function describeForeign(storeOf: () => EventStore): void {
  it('an event of a source without runs gets a place, and is known again by its key', async () => {
    const store = storeOf();
    const batch = {
      source: 'otel',
      foreign: [
        { event: eventOf(1), key: keyOf(1) },
        { event: eventOf(2), key: keyOf(2) },
        { event: eventOf(3) },
        { event: eventOf(4), key: keyOf(1) },
      ],
    };
    const [first] = await store.appendAll([batch]);
    expect(first).toEqual({ inserted: 3, duplicates: 1, folded: 0, rejected: [] });
    const [again] = await store.appendAll([batch, { run: makeRun(), events: makeEvents(2) }]);
    // One without a key is one of its own each time.
    expect(again).toEqual({ inserted: 1, duplicates: 3, folded: 0, rejected: [] });
    const otel = (await store.runs()).find(({ service }) => service === 'otel');
    const { events } = await store.query({ limit: 100 });
    const foreign = events.filter(({ run }) => run === otel?.run);
    expect(foreign.map(({ wallNs }) => wallNs)).toEqual(Array(4).fill(WALL_NS));
    expect(new Set(foreign.map(({ lane, sequence }) => `${lane}/${sequence}`)).size).toBe(4);
  });

  it('many at once are what they are one after the other, known ones, keyless ones and refused ones among them', async () => {
    const random = randomFrom(13);
    const below = (most: number) => Math.floor(random() * most);
    const store = storeOf();
    const known = new Set<number>();
    let stored = 0;
    for (let round = 0; round < 30; round++) {
      const folds = round % 3 === 0;
      const items = Array.from({ length: below(70) }, (_, index) => {
        const number = below(400);
        const severity = below(20) === 0 ? ('none' as 'Info') : 'Info';
        const event = { ...eventOf(round * 100 + index), severity } as const;
        return { number, event, folds, key: below(10) === 0 ? undefined : longKey(number) };
      });
      let inserted = 0;
      const rejected: number[] = [];
      for (const [index, { number, event, key }] of items.entries()) {
        if (key !== undefined && known.has(number)) continue;
        if (event.severity !== 'Info') rejected.push(index);
        else {
          inserted++;
          if (key !== undefined) known.add(number);
        }
      }
      const [result] = await store.appendAll([{ source: 'otel', foreign: items }]);
      expect(result?.rejected.map(({ index }) => index)).toEqual(rejected);
      const duplicates = items.length - inserted - rejected.length;
      expect(result).toMatchObject({ inserted, duplicates, folded: folds ? duplicates : 0 });
      stored += inserted;
    }
    expect((await store.stats()).events).toBe(stored);
  });

  it('one that folds is counted on the first one, which stays as it is', async () => {
    const store = storeOf();
    const first = eventOf(1);
    const append = (event: TraceEvent) =>
      store.appendAll([{ source: 'old', foreign: [{ event, key: keyOf(7), folds: true }] }]);
    await append(first);
    expect(await append(eventOf(2, WALL_NS + 5_000n))).toEqual([
      { inserted: 0, duplicates: 1, folded: 1, rejected: [] },
    ]);
    await append(eventOf(3, WALL_NS - 5_000n));
    const { events } = await store.query();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ wallNs: WALL_NS, event: { eventId: first.eventId } });
    expect(events[0]?.event.attributes).toMatchObject({
      'aegis.repeats': '2',
      'aegis.last_wall_ns': `${WALL_NS + 5_000n}`,
    });
    // A follower has seen it before.
    const page = await store.after();
    expect((await store.after(page.position)).events).toEqual([]);
  });
}

/** Who follows, under a name. */
export function describeLeases(storeOf: () => EventStore, maker: StoreMaker): void {
  it('one follower at a time holds a name, and its position is kept', async () => {
    const store = storeOf();
    await store.append(makeRun(), makeEvents(5));
    const { position: end } = await store.after(undefined, { limit: 3 });
    const [name, forMs] = ['hub', 10_000];
    const held = (position: object) => ({ position, isHeld: true });
    const kept = (position: object) => ({ position, isHeld: false });
    const start = { ...end, number: 0 };
    expect(await store.lease({ name, holder: 'a', forMs })).toEqual(held(start));
    expect(await store.lease({ name, holder: 'b', forMs })).toEqual(kept(start));
    expect(await store.lease({ name: 'other', holder: 'b', forMs })).toEqual(held(start));
    expect(await store.lease({ name, holder: 'a', forMs, position: end })).toEqual(held(end));
    await maker.passTime(store, 9_000);
    expect(await store.lease({ name, holder: 'b', forMs, position: start })).toEqual(kept(end));
    await maker.passTime(store, 2_000);
    expect(await store.lease({ name, holder: 'b', forMs })).toEqual(held(end));
    expect(await store.lease({ name, holder: 'a', forMs })).toEqual(kept(end));
    // Given back.
    expect(await store.lease({ name, holder: 'b', forMs: 0 })).toEqual(held(end));
    expect(await store.lease({ name, holder: 'a', forMs })).toEqual(held(end));
    // A position that is none of this database is its start.
    const foreign = { database: randomUUID(), number: 3 };
    expect(await store.lease({ name, holder: 'a', forMs, position: foreign })).toEqual(held(start));
    await expectTraceError(
      () => store.lease({ name: '', holder: 'a', forMs }),
      'ERR_TRACE_QUERY',
      /must be/,
    );
    await expectTraceError(
      () => store.lease({ name, holder: 'a', forMs: -1 }),
      'ERR_TRACE_QUERY',
      /must be/,
    );
  });
}
