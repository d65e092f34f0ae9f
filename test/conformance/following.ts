import { expect, it } from 'vitest';
import type { EventStore, StoredEvent, StoreFilter } from '../../src/store/event-store.js';
import { decodePosition, encodePosition, type StorePosition } from '../../src/store/position.js';
import { expectTraceError } from '../support/collect.js';
import { randomFrom } from '../support/random.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';
import type { StoreMaker } from './event-store.js';

/** With AEGIS_STRESS=1 a thousand. */
const RUNS = process.env.AEGIS_STRESS === '1' ? 1000 : 25;
const STEPS = 25;

const nameOf = ({ run, lane, sequence }: Pick<StoredEvent, 'run' | 'lane' | 'sequence'>) =>
  `${run} ${lane} ${sequence}`;

/** A reader that may end at any moment, and goes on from what it has written down. */
class Follower {
  readonly seen: string[] = [];
  gaps = 0;
  #position: string | undefined;

  async read(store: EventStore, limit: number): Promise<void> {
    const position = this.#position && decodePosition(this.#position);
    const page = await store.after(position || undefined, { limit });
    expect(page.isReset).toBe(false);
    if (page.hasGap) this.gaps++;
    this.seen.push(...page.events.map(nameOf));
    this.#position = encodePosition(page.position);
  }

  async readAll(store: EventStore): Promise<void> {
    for (;;) {
      const page = await store.after(
        (this.#position && decodePosition(this.#position)) || undefined,
        { limit: 7 },
      );
      this.seen.push(...page.events.map(nameOf));
      this.#position = encodePosition(page.position);
      if (page.isEnd) return;
    }
  }
}

/** The part of the suite that is about reading in the order of insertion. */
export function describeFollowing(storeOf: () => EventStore, maker: StoreMaker): void {
  it('gives the number of each event: what comes after it is the rest of the page', async () => {
    const store = storeOf();
    await store.append(makeRun(), makeEvents(5));
    const { events, numbers, position } = await store.after();
    expect(await store.end()).toEqual(position);
    expect(numbers).toHaveLength(5);
    expect(numbers.at(-1)).toBe(position.number);
    for (const [index, number] of numbers.entries()) {
      const rest = await store.after({ database: position.database, number });
      expect(rest.events).toEqual(events.slice(index + 1));
    }
  });

  it('gives what comes after a position in the order of insertion, whatever its time', async () => {
    const store = storeOf();
    const run = makeRun();
    const start = await store.after();
    expect(start).toMatchObject({ events: [], isEnd: true, isReset: false, hasGap: false });
    expect(await store.end()).toEqual(start.position);
    await store.append(run, makeEvents(30));
    const first = await store.after(start.position, { limit: 20 });
    expect(first.events.map(({ sequence }) => sequence)).toEqual([...Array(20).keys()]);
    expect(first.isEnd).toBe(false);
    // A late one, a duplicate, and one of the future.
    await store.append(run, [
      makeRecorded(30, { ms: -5000 }),
      makeRecorded(3),
      makeRecorded(31, { ms: 10 ** 9 }),
    ]);
    const second = await store.after(first.position);
    expect(second.events.map(({ sequence }) => sequence)).toEqual(
      [...Array(12).keys()].map((n) => n + 20),
    );
    expect(second.isEnd).toBe(true);
    expect(await store.after(second.position)).toMatchObject({ events: [], isEnd: true });
    expect(await store.after()).toMatchObject({ isEnd: true, events: { length: 32 } });
  });

  it('a number is not used again after the newest event was purged', async () => {
    const store = storeOf();
    const run = makeRun();
    await store.append(run, makeEvents(5));
    const { position } = await store.after();
    await store.purge(0);
    await store.append(run, [makeRecorded(5), makeRecorded(6)]);
    const { events, hasGap } = await store.after(position);
    expect(events.map(({ sequence }) => sequence)).toEqual([5, 6]);
    expect(hasGap).toBe(false);
  });

  it('says that events were purged before they were read', async () => {
    const store = storeOf();
    const run = makeRun();
    await store.append(run, makeEvents(5));
    const { position } = await store.after(undefined, { limit: 2 });
    await store.purge(0);
    await store.append(run, [makeRecorded(5)]);
    const page = await store.after(position);
    expect(page.hasGap).toBe(true);
    expect(page.events.map(({ sequence }) => sequence)).toEqual([5]);
    expect(await store.after(page.position)).toMatchObject({ hasGap: false, isEnd: true });
  });

  it('the position of another database is answered with "reset" and the start of this one', async () => {
    const store = storeOf();
    const other = await maker.create();
    await other.append(makeRun(), makeEvents(3));
    const { position } = await other.after();
    await other.close();
    await store.append(makeRun(), makeEvents(2));
    const reset = await store.after(position);
    expect(reset).toMatchObject({ isReset: true, events: [], isEnd: false });
    expect((await store.after(reset.position)).events).toHaveLength(2);
    // A backup was put back: this database has not come so far yet.
    const beyond = { ...reset.position, number: 10 ** 9 };
    expect(await store.after(beyond)).toMatchObject({ isReset: true, position: reset.position });
  });

  it('a position is the same after it was text, and when the store is opened again', async () => {
    let store = await maker.create();
    await store.append(makeRun(), makeEvents(5));
    const { position } = await store.after(undefined, { limit: 3 });
    store = await maker.reopen(store);
    const { events } = await store.after(decodePosition(encodePosition(position)));
    expect(events.map(({ sequence }) => sequence)).toEqual([3, 4]);
    await store.close();
  });

  it('refuses what is no position', async () => {
    const store = storeOf();
    const { position } = await store.after();
    for (const wrong of ['', 'x', '4711', `${position.database}.-1`, 5 as unknown as string]) {
      expect(() => decodePosition(wrong)).toThrow(/position must be what encodePosition\(\) wrote/);
    }
    const bad = [{ ...position, number: 0.5 }, { ...position, extra: 1 }, null, 'x'];
    for (const wrong of bad) {
      await expectTraceError(
        () => store.after(wrong as StorePosition),
        'ERR_TRACE_QUERY',
        /position/,
      );
    }
    for (const options of [
      { limit: 0 },
      { limit: 1001 },
      { filter: { requestID: 'r' } },
      { max: 1 },
    ]) {
      await expectTraceError(
        () => store.after(position, options as object),
        'ERR_TRACE_QUERY',
        /limit|must be one of/,
      );
    }
  });

  it('with a filter it passes over the others, and gets to the end also when none matches', async () => {
    const store = storeOf();
    await store.append(
      makeRun(),
      makeEvents(3000, (index) => ({
        severity: index % 100 === 0 ? 'Error' : 'Info',
        component: index % 2 ? 'a' : 'b',
        requestId: index % 500 === 0 ? 'r' : '',
      })),
    );
    const filters: [StoreFilter, number][] = [
      [{ status: 'ERR' }, 30],
      [{ minSeverity: 'Error' }, 30],
      [{ requestId: 'r' }, 6],
      [{ process: 'a' }, 1500],
      [{ process: 'b', status: 'ERR', text: 'decision 1' }, 11],
      [{ process: 'nobody' }, 0],
    ];
    for (const [filter, count] of filters) {
      let position: StorePosition | undefined;
      let found = 0;
      for (let isEnd = false; !isEnd; ) {
        const page = await store.after(position, { limit: 8, filter });
        found += page.events.length;
        ({ position, isEnd } = page);
      }
      expect([filter, found]).toEqual([filter, count]);
    }
  });

  it(`a follower sees each event once in ${RUNS} random runs of appends, purges, crashes and late events`, async () => {
    for (let seed = 0; seed < RUNS; seed++) await followAtRandom(maker, seed);
  }, 600_000);
}

async function followAtRandom(maker: StoreMaker, seed: number): Promise<void> {
  const random = randomFrom(seed + 1);
  const below = (n: number) => Math.floor(random() * n);
  let store = await maker.create();
  const runs = [makeRun(), makeRun()];
  const next = [0, 0];
  const appended: string[] = [];
  const follower = new Follower();
  for (let step = 0; step < STEPS; step++) {
    const which = below(2);
    const run = runs[which] as (typeof runs)[0];
    switch (below(6)) {
      case 0:
      case 1: {
        const count = 1 + below(40);
        const from = next[which] as number;
        // Times go back and forth; some of it was there before.
        const repeated = below(4) === 0 ? Math.min(3, from) : 0;
        const events = Array.from({ length: count + repeated }, (_, index) =>
          makeRecorded(from - repeated + index, { ms: below(10 ** 7), component: `c${below(4)}` }),
        );
        // What was appended before may be gone by now: only what is still there is there already.
        const kept = repeated > 0 && (await isThere(store, run.run, from - repeated, from - 1));
        const batch = kept ? events : events.slice(repeated);
        await store.append(run, batch, { durable: below(2) === 0 });
        // Its answer may be lost: the same batch comes again.
        if (below(3) === 0) await store.append(run, batch);
        for (let index = 0; index < count; index++) {
          appended.push(nameOf({ run: run.run, lane: 0, sequence: from + index }));
        }
        next[which] = from + count;
        break;
      }
      case 2:
        await maker.passTime(store, below(3000));
        break;
      case 3:
        // What is purged was read, as the retention allows for.
        await follower.readAll(store);
        await store.purge(below(2) * 1000);
        break;
      case 4:
        store = await (below(2) === 0 ? maker.reopen(store) : maker.crash(store));
        break;
      default:
        await follower.read(store, 1 + below(30));
    }
  }
  await follower.readAll(store);
  await store.close();
  expect(follower.seen, `seed ${seed}`).toEqual(appended);
  expect(follower.gaps).toBe(0);
}

async function isThere(store: EventStore, run: string, from: number, to: number): Promise<boolean> {
  const { events } = await store.query({ limit: 1000 });
  const own = new Set(events.filter((event) => event.run === run).map(({ sequence }) => sequence));
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).every((n) => own.has(n));
}
