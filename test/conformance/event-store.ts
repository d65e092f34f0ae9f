import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/event/recorded-event.js';
import type { Severity } from '../../src/event/severity.js';
import type { EventStore, StoredEvent } from '../../src/store/event-store.js';
import { expectTraceError } from '../support/collect.js';
import { anyEvent, comparable } from '../support/random-event.js';
import {
  makeEvents,
  makeRecorded,
  makeRun,
  STEADY_NS,
  WALL_NS,
} from '../support/recorded-events.js';
import { describeFollowing } from './following.js';
import { describeForeign, describeLeases, describePlaces } from './foreign.js';
import { describeNul, describeQueries, describeRefusals } from './queries.js';
import { describeReports } from './reports.js';
import { describeRetention } from './retention.js';

/** A way to have an empty store. */
export interface StoreMaker {
  /** A new one, which has nothing. */
  create(): Promise<EventStore>;
  /** The same data through another connection; the one before is closed. */
  reopen(store: EventStore): Promise<EventStore>;
  /** The same data as it is when the process that had it open was killed. */
  crash(store: EventStore): Promise<EventStore>;
  /** Lets so much time pass for the store. */
  passTime(store: EventStore, ms: number): Promise<void>;
  /** What the store says that it has not. Default: nothing. */
  readonly without?: readonly 'following'[];
}

const NANOS_PER_MILLI = 1_000_000n;
const eventsOf = (stored: readonly StoredEvent[]) => stored.map(({ event }) => comparable(event));

/** What every implementation of EventStore must do. */
export function describeEventStore(name: string, maker: StoreMaker): void {
  describe(`${name} as an EventStore`, () => {
    let store: EventStore;
    beforeEach(async () => {
      store = await maker.create();
    });
    afterEach(() => store.close());

    it('P3: gives back what was appended, whatever it is', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 20 }), async (events) => {
          const run = makeRun();
          const placed = events.map((event, sequence) => ({ lane: 3, sequence, event }));
          const result = await store.append(run, placed);
          expect(result).toEqual({ inserted: events.length, duplicates: 0, rejected: [] });
          const { events: found } = await store.query({ limit: 1000 });
          const own = found
            .filter((stored) => stored.run === run.run)
            .sort((a, b) => a.sequence - b.sequence);
          expect(eventsOf(own)).toEqual(events.map(comparable));
          expect(own.map(({ lane, sequence }) => [lane, sequence])).toEqual(
            placed.map(({ lane, sequence }) => [lane, sequence]),
          );
        }),
        { numRuns: 25 },
      );
    });

    it('appends batches of several runs at once, each with its own answer', async () => {
      const [first, second] = [makeRun({ service: 'checkout', host: 'a' }), makeRun({ pid: 7 })];
      const bad = makeRecorded(2, { severity: 'Fatal' as Severity });
      const results = await store.appendAll(
        [
          { run: first, events: makeEvents(2) },
          { run: second, events: [...makeEvents(1), bad] },
          { run: first, events: makeEvents(3) },
        ],
        { durable: true },
      );
      expect(results).toMatchObject([
        { inserted: 2, duplicates: 0, rejected: [] },
        { inserted: 1, duplicates: 0, rejected: [{ index: 1 }] },
        { inserted: 1, duplicates: 2, rejected: [] },
      ]);
      expect((await store.query()).events).toHaveLength(4);
      expect(await store.runs()).toEqual([
        { run: second.run, pid: 7, startedWallNs: WALL_NS },
        { run: first.run, pid: 4711, startedWallNs: WALL_NS, service: 'checkout', host: 'a' },
      ]);
      expect(await store.appendAll([])).toEqual([]);
    });

    it('P3: has an event in wall time, by the anchor of its run', async () => {
      const run = makeRun();
      await store.append(run, [makeRecorded(0, { timestampNs: STEADY_NS + 1_234_567_899n })]);
      const { events } = await store.query();
      expect(events[0]?.wallNs).toBe(WALL_NS + 1_234_567_000n);
    });

    it('an event from after the wall clock was set is placed by the new time, one from before by the old', async () => {
      const run = makeRun();
      const HOURS_7 = 7n * 3_600_000n * NANOS_PER_MILLI;
      const step = { steadyNs: STEADY_NS + 2n * NANOS_PER_MILLI, wallNs: WALL_NS + HOURS_7 };
      await store.append(run, [makeRecorded(0)]);
      await store.append({ ...run, anchors: [...run.anchors, step] }, [
        makeRecorded(1),
        makeRecorded(2),
        makeRecorded(3),
      ]);
      const { events } = await store.query({ order: 'oldest' });
      expect(events.map(({ wallNs }) => wallNs - WALL_NS)).toEqual([
        0n,
        NANOS_PER_MILLI,
        HOURS_7,
        HOURS_7 + NANOS_PER_MILLI,
      ]);
    });

    it('P3: the same batch twice changes nothing', async () => {
      const run = makeRun();
      const events = makeEvents(40);
      expect(await store.append(run, events, { durable: true })).toMatchObject({ inserted: 40 });
      const before = await store.query({ limit: 1000 });
      expect(await store.append(run, events)).toEqual({
        inserted: 0,
        duplicates: 40,
        rejected: [],
      });
      expect(await store.query({ limit: 1000 })).toEqual(before);
    });

    it('P3: what overlaps a batch before is added once, and within one as well', async () => {
      const run = makeRun();
      const events = makeEvents(50);
      await store.append(run, events.slice(0, 30));
      const overlapping = [...events.slice(20), events[49] as RecordedEvent];
      expect(await store.append(run, overlapping)).toMatchObject({ inserted: 20, duplicates: 11 });
      const { events: found } = await store.query({ order: 'oldest', limit: 1000 });
      expect(found.map(({ sequence }) => sequence)).toEqual(events.map((event) => event.sequence));
    });

    it('P3: two calls in the same instant are two events, also in two lanes and runs', async () => {
      const same = { ms: 7, eventId: '00000000-0000-4000-8000-000000000000' };
      await store.append(makeRun(), [makeRecorded(0, same), makeRecorded(1, same)]);
      await store.append(makeRun(), [makeRecorded(0, same), makeRecorded(0, { ...same, lane: 1 })]);
      expect((await store.query()).total).toEqual({ count: 4, isExact: true });
    });

    it('P3: an event that cannot be stored is reported, and keeps no other from it', async () => {
      const bad = [
        makeRecorded(100, { severity: 'Fatal' as Severity }),
        makeRecorded(-1, { ms: 0 }),
        makeRecorded(0.5, { ms: 0 }),
        makeRecorded(2 ** 47, { ms: 0 }),
        makeRecorded(101, { lane: 64 }),
        makeRecorded(102, { timestampNs: 2n ** 63n }),
        makeRecorded(103, { durationNs: 5 as unknown as bigint }),
        makeRecorded(104, { rationale: 'x'.repeat(2 ** 20) }),
        makeRecorded(105, { rationale: undefined as unknown as string }),
        makeRecorded(106, { attributes: { key: 5 as unknown as string } }),
        makeRecorded(107, { attributes: null as unknown as Record<string, string> }),
        { lane: 0, sequence: 108, event: undefined } as unknown as RecordedEvent,
        null as unknown as RecordedEvent,
      ];
      const good = makeEvents(40);
      const mixed = good.flatMap((event, index) => {
        const next = bad[index];
        return next === undefined ? [event] : [event, next];
      });
      const { inserted, duplicates, rejected } = await store.append(makeRun(), mixed);
      expect([inserted, duplicates]).toEqual([40, 0]);
      expect(rejected.map(({ index }) => mixed[index])).toEqual(bad);
      for (const { reason } of rejected) expect(reason).toMatch(/must be|undefined|null/);
      expect((await store.query({ limit: 1000 })).events).toHaveLength(40);
    });

    it('an empty batch is nothing', async () => {
      expect(await store.append(makeRun(), [])).toMatchObject({ inserted: 0, duplicates: 0 });
      expect(await store.stats()).toMatchObject({ events: 0, errors: 0, runs: 0 });
    });

    it('is as it was when it is opened again', async () => {
      const run = makeRun();
      const events = makeEvents(30, (index) => ({ requestId: `r${index % 3}` }));
      await store.append(run, events);
      const before = await store.query({ limit: 10 });
      store = await maker.reopen(store);
      expect(await store.query({ limit: 10 })).toEqual(before);
      expect(await store.chain('r1')).toHaveLength(10);
      expect(await store.append(run, events)).toMatchObject({ inserted: 0, duplicates: 30 });
    });

    it('a chain has the events of one request of all lanes and runs, in time order', async () => {
      const lanes = [0, 1, 2].flatMap((lane) =>
        makeEvents(20, (index) => ({ lane, ms: index * 3 + lane, requestId: `r${index % 4}` })),
      );
      await store.append(makeRun(), lanes.toReversed());
      await store.append(makeRun({ wallNs: WALL_NS - NANOS_PER_MILLI * 1000n }), [
        makeRecorded(0, { requestId: 'r1', rationale: 'of the run before' }),
      ]);
      const chain = await store.chain('r1');
      expect(chain).toHaveLength(16);
      expect(chain[0]?.event.rationale).toBe('of the run before');
      const times = chain.map(({ wallNs }) => wallNs);
      expect(times).toEqual(times.toSorted((a, b) => Number(a - b)));
      expect(await store.chain('r1', { limit: 2 })).toEqual(chain.slice(0, 2));
      expect(await store.chain('r4')).toEqual([]);
      await expectTraceError(() => store.chain(''), 'ERR_TRACE_QUERY', /non-empty/);
    });

    it('percentiles are those of the sorted durations, by nearest rank', async () => {
      const durations = fc.array(fc.bigInt({ min: -5n, max: 10n ** 12n }), {
        minLength: 1,
        maxLength: 300,
      });
      let number = 0;
      await fc.assert(
        fc.asyncProperty(durations, async (all) => {
          const process = `p${number++}`;
          await store.append(
            makeRun(),
            all.map((durationNs, index) =>
              makeRecorded(index, {
                durationNs,
                attributes: { process },
                severity: index % 3 ? 'Info' : 'Error',
              }),
            ),
          );
          const sorted = all.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
          const at = (share: number): number =>
            Number(sorted[Math.ceil(share * all.length) - 1]) / 1e6;
          expect(await store.percentiles(process)).toEqual({
            count: all.length,
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
          });
        }),
        { numRuns: 20 },
      );
    });

    it('percentiles are of the span of time only, and of nothing they are undefined', async () => {
      await store.append(
        makeRun(),
        makeEvents(100, (index) => ({ durationNs: BigInt(index) * NANOS_PER_MILLI })),
      );
      const from = WALL_NS + 10n * NANOS_PER_MILLI;
      const to = WALL_NS + 19n * NANOS_PER_MILLI;
      const found = await store.percentiles('Scheduler', { from, to });
      expect(found).toEqual({ count: 10, p50: 14, p95: 19, p99: 19 });
      expect(await store.percentiles('nobody')).toEqual({
        count: 0,
        p50: undefined,
        p95: undefined,
        p99: undefined,
      });
    });

    it('lists processes with their events and errors', async () => {
      const events = makeEvents(30, (index) => ({
        component: index % 2 ? 'Batcher' : 'Admission',
        severity: index % 10 === 0 ? 'Critical' : 'Warning',
        attributes: index % 3 === 0 ? { process: 'sched.place' } : {},
      }));
      await store.append(makeRun(), events);
      const at = (ms: number) => WALL_NS + BigInt(ms) * NANOS_PER_MILLI;
      expect(await store.processes()).toEqual([
        { process: 'Admission', events: 10, errors: 2, lastWallNs: at(28) },
        { process: 'Batcher', events: 10, errors: 0, lastWallNs: at(29) },
        { process: 'sched.place', events: 10, errors: 1, lastWallNs: at(27) },
      ]);
      expect(await store.processes({ from: at(29) })).toEqual([
        { process: 'Batcher', events: 1, errors: 0, lastWallNs: at(29) },
      ]);
    });

    it('stats say how much there is and from when', async () => {
      await store.append(
        makeRun(),
        makeEvents(20, (index) => ({ severity: index < 3 ? 'Error' : 'Info' })),
      );
      const stats = await store.stats();
      expect(stats).toMatchObject({
        events: 20,
        errors: 3,
        runs: 1,
        oldestWallNs: WALL_NS,
        newestWallNs: WALL_NS + 19n * NANOS_PER_MILLI,
      });
      expect(stats.bytes + stats.walBytes).toBeGreaterThan(0);
    });

    it('after close() everything is refused, and a second close() is nothing', async () => {
      await store.append(makeRun(), makeEvents(5));
      await store.close();
      await store.close();
      const uses = [
        () => store.append(makeRun(), makeEvents(1)),
        () => store.query(),
        () => store.chain('r'),
        () => store.after(),
        () => store.requests(),
        () => store.processes(),
        () => store.trend({}, 5),
        () => store.edges(),
        () => store.percentiles('p'),
        () => store.stats(),
        () => store.purge(0),
        () => store.maintain(),
      ];
      for (const use of uses) await expectTraceError(use, 'ERR_TRACE_CLOSED', /closed/);
    });

    describeQueries(() => store);
    describeNul(() => store);
    describeRefusals(() => store);
    describeRetention(() => store, maker);
    describeReports(() => store, maker);
    describePlaces(() => store);
    const { without = [] } = maker;
    describeForeign(() => store);
    if (without.includes('following')) return;
    describeFollowing(() => store, maker);
    describeLeases(() => store, maker);
  });
}
