import { expect, it } from 'vitest';
import type { EventStore } from '../../src/store/event-store.js';
import { makeEvents, makeRun, WALL_NS } from '../support/recorded-events.js';
import type { StoreMaker } from './event-store.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const HOUR_NS = 3_600_000_000_000n;

/** The part of the suite that is about what is removed, and when. */
export function describeRetention(storeOf: () => EventStore, maker: StoreMaker): void {
  it('P5: purges what was inserted earlier, and nothing else', async () => {
    const store = storeOf();
    const run = makeRun();
    const events = makeEvents(60, () => ({ requestId: 'r' }));
    // A minute apart.
    for (const event of events) {
      await store.append(run, [event]);
      await maker.passTime(store, MINUTE_MS);
    }
    expect(await store.purge(30.5 * MINUTE_MS)).toEqual({ removed: 30, isDone: true });
    expect((await store.query()).total).toEqual({ count: 30, isExact: true });
    expect((await store.chain('r')).map(({ sequence }) => sequence)).toEqual(
      events.slice(30).map(({ sequence }) => sequence),
    );
    expect(await store.purge(30.5 * MINUTE_MS)).toEqual({ removed: 0, isDone: true });
    expect(await store.purge(0)).toEqual({ removed: 30, isDone: true });
    expect(await store.stats()).toMatchObject({
      events: 0,
      runs: 0,
      newestWallNs: undefined,
      purged: 60,
    });
    expect(await store.append(run, makeEvents(1))).toMatchObject({ inserted: 1 });
  });

  it('what was purged, and comes again, is there again', async () => {
    const store = storeOf();
    const run = makeRun();
    await store.append(run, makeEvents(5));
    expect(await store.purge(0)).toEqual({ removed: 5, isDone: true });
    expect(await store.append(run, makeEvents(6))).toMatchObject({ inserted: 6, duplicates: 0 });
    expect((await store.query()).events).toHaveLength(6);
  });

  it('P5: maintain() purges by the retention, and may be asked for again meanwhile', async () => {
    const store = storeOf();
    await store.append(makeRun(), makeEvents(10));
    await maker.passTime(store, 7 * HOUR_MS);
    const [first, second] = await Promise.all([store.maintain(), store.maintain()]);
    expect(first).toEqual({ removed: 10, isDone: true });
    expect(second).toEqual(first);
  });

  it.each([
    ['7 h ahead', WALL_NS + 7n * HOUR_NS],
    ['7 h back', WALL_NS - 7n * HOUR_NS],
    ['at 1970, as before the network is there', 0n],
  ])('P5: a wall clock that stands %s removes no error that was just stored', async (_, wallNs) => {
    const store = storeOf();
    await store.append(
      makeRun({ wallNs }),
      makeEvents(5, () => ({ severity: 'Error' })),
      { durable: true },
    );
    await store.append(makeRun(), makeEvents(5));
    await maker.passTime(store, MINUTE_MS);
    expect(await store.maintain()).toEqual({ removed: 0, isDone: true });
    await maker.passTime(store, 6 * HOUR_MS);
    expect(await store.maintain()).toEqual({ removed: 10, isDone: true });
  });

  it('P5: Unix nanoseconds given as steady time are in the far future, and go with the others', async () => {
    const store = storeOf();
    await store.append(
      makeRun(),
      makeEvents(3, () => ({ timestampNs: WALL_NS })),
    );
    expect((await store.query()).events[0]?.wallNs).toBeGreaterThan(WALL_NS + HOUR_NS);
    await maker.passTime(store, 7 * HOUR_MS);
    expect(await store.maintain()).toEqual({ removed: 3, isDone: true });
  });

  it('events appended after maintain() are of their own process, not of one whose name was purged', async () => {
    const store = storeOf();
    const run = makeRun();
    const of = (component: string, sequence: number) =>
      makeEvents(1, () => ({ component })).map((event) => ({ ...event, sequence }));
    await store.append(run, of('purged.one', 0));
    await store.append(run, of('purged.two', 1));
    await maker.passTime(store, 7 * HOUR_MS);
    await store.append(run, of('kept', 2));
    // Others append between the steps of a purge.
    const maintenance = store.maintain();
    await store.append(run, of('new', 3));
    await store.append(run, of('purged.two', 4));
    await maintenance;
    await store.append(run, of('purged.one', 5));
    await store.append(run, of('kept', 6));
    const { events } = await store.query({ order: 'oldest' });
    expect(events.map(({ sequence, process }) => [sequence, process])).toEqual([
      [2, 'kept'],
      [3, 'new'],
      [4, 'purged.two'],
      [5, 'purged.one'],
      [6, 'kept'],
    ]);
    for (const { run: id } of events) expect(id).toBe(run.run);
  });

  it('a run whose events were purged while it was quiet goes on under its own name', async () => {
    const store = storeOf();
    const [first, second] = [makeRun(), makeRun()];
    await store.append(first, makeEvents(1));
    await store.append(second, makeEvents(1));
    await store.purge(0);
    await store.append(makeRun(), makeEvents(1));
    await store.append(second, [...makeEvents(2)].slice(1));
    const { events } = await store.query();
    expect(events.filter(({ run }) => run === second.run)).toHaveLength(1);
    expect(events).toHaveLength(2);
    expect((await store.stats()).runs).toBe(2);
  });
}
