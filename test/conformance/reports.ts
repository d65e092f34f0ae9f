import fc from 'fast-check';
import { expect, it } from 'vitest';
import { severityRank } from '../../src/event/severity.js';
import type { EventStore, WallRange } from '../../src/store/event-store.js';
import { expectTraceError } from '../support/collect.js';
import { makeEvents, makeRecorded, makeRun, WALL_NS } from '../support/recorded-events.js';
import type { StoreMaker } from './event-store.js';

const NANOS_PER_MILLI = 1_000_000n;
const MINUTE_MS = 60_000;
const MINUTE_NS = 60_000_000_000n;
const PROCESSES = ['a', 'b', 'c'];
const SPAN_MS = 40 * MINUTE_MS;

interface Row {
  readonly ms: number;
  readonly process: string;
  readonly isError: boolean;
  readonly durationNs: bigint;
}

const anyRow = fc.record({
  ms: fc.integer({ min: 0, max: SPAN_MS }),
  process: fc.constantFrom(...PROCESSES),
  isError: fc.boolean(),
  durationNs: fc.oneof(
    fc.bigInt({ min: -50n, max: 200n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  ),
});
/** Ends within minutes, at their edges, and beyond all of it. */
const anyEnd = fc.oneof(
  fc.integer({ min: -MINUTE_MS, max: SPAN_MS + MINUTE_MS }).map((ms) => wallOf(ms)),
  fc
    .integer({ min: -1, max: 41 })
    .map((minute) => (WALL_NS / MINUTE_NS + BigInt(minute)) * MINUTE_NS),
  fc
    .integer({ min: 0, max: 41 })
    .map((minute) => (WALL_NS / MINUTE_NS + BigInt(minute)) * MINUTE_NS - 1n),
);
const anyRange = fc
  .tuple(fc.option(anyEnd, { nil: undefined }), fc.option(anyEnd, { nil: undefined }))
  .map(
    ([from, to]): WallRange => (from && to && from > to ? { from: to, to: from } : { from, to }),
  );

const wallOf = (ms: number): bigint => WALL_NS + BigInt(ms) * NANOS_PER_MILLI;
const placedOf = ({ ms, process, isError, durationNs }: Row, sequence: number) =>
  makeRecorded(sequence, {
    ms,
    durationNs,
    component: process,
    severity: isError ? 'Error' : 'Info',
  });
const within = (rows: readonly Row[], { from, to }: WallRange): Row[] =>
  rows.filter(
    ({ ms }) =>
      (from === undefined || wallOf(ms) >= from) && (to === undefined || wallOf(ms) <= to),
  );

/** What a store must answer about `rows`. */
async function expectReports(
  store: EventStore,
  rows: readonly Row[],
  range: WallRange,
  buckets: number,
): Promise<void> {
  const matching = within(rows, range);
  const expected = PROCESSES.map((process) => {
    const own = matching.filter((row) => row.process === process);
    return {
      process,
      events: own.length,
      errors: own.filter(({ isError }) => isError).length,
      lastWallNs: wallOf(Math.max(...own.map(({ ms }) => ms), 0)),
    };
  }).filter(({ events }) => events > 0);
  expect(await store.processes(range)).toEqual(expected);
  for (const { process, events } of expected) {
    expect((await store.percentiles(process, range)).count).toBe(events);
  }
  const trend = await store.trend(range, buckets);
  expect(trend.length).toBeLessThanOrEqual(buckets);
  for (const [index, { fromNs, toNs, ...counts }] of trend.entries()) {
    if (index > 0) expect(fromNs).toBe((trend[index - 1]?.toNs as bigint) + 1n);
    const own = within(matching, { from: fromNs, to: toNs });
    const errors = own.filter(({ isError }) => isError).length;
    expect(counts).toEqual({ events: own.length, errors });
  }
  expect(trend.reduce((sum, { events }) => sum + events, 0)).toBe(matching.length);
}

/** The part of the suite that is about counts, percentiles and who calls whom. */
export function describeReports(storeOf: () => EventStore, maker: StoreMaker): void {
  it('counts of any span are those of the events, also after some were purged or came twice', async () => {
    const store = storeOf();
    const samples = fc.sample(anyRow, { numRuns: 300, seed: 5 });
    const run = makeRun();
    const placed = samples.map(placedOf);
    for (let first = 0; first < 300; first += 60) {
      // Overlapping, so that some of each batch are there already.
      await store.append(run, placed.slice(Math.max(0, first - 30), first + 60));
      await maker.passTime(store, MINUTE_MS);
    }
    const ask = (rows: readonly Row[], numRuns: number) =>
      fc.assert(
        fc.asyncProperty(anyRange, fc.integer({ min: 2, max: 60 }), (range, buckets) =>
          expectReports(store, rows, range, buckets),
        ),
        { numRuns },
      );
    await ask(samples, 60);
    expect(await store.purge(2.5 * MINUTE_MS)).toMatchObject({ removed: 180 });
    await ask(samples.slice(180), 40);
    await store.purge(0);
    await ask([], 10);
  });

  it('an overview has whole minutes with their counts and percentiles, and how busy each process was', async () => {
    const store = storeOf();
    expect(await store.overview(undefined, 10)).toEqual({
      buckets: [],
      processes: [],
      isExact: true,
    });
    // Ten minutes of 60 events each; one process is ten times as slow, and has errors.
    await store.append(
      makeRun(),
      makeEvents(600, (index) => ({
        ms: index * 1_000,
        component: index % 3 === 0 ? 'slow' : 'quick',
        durationNs: index % 3 === 0 ? 10_000_000n : 1_000_000n,
        severity: index % 30 === 0 ? 'Error' : 'Info',
      })),
    );
    const { buckets, processes, isExact } = await store.overview(undefined, 60);
    expect(isExact).toBe(true);
    expect(buckets.reduce((sum, { events }) => sum + events, 0)).toBe(600);
    expect(buckets.reduce((sum, { errors }) => sum + errors, 0)).toBe(20);
    for (const [index, { fromNs, p50, p99 }] of buckets.entries()) {
      expect(fromNs % MINUTE_NS).toBe(0n);
      if (index > 0) expect(fromNs).toBe((buckets[index - 1]?.toNs as bigint) + 1n);
      expect(p50).toBeCloseTo(1, 1);
      expect((p99 as number) / 10).toBeCloseTo(1, 1);
    }
    expect(processes.map(({ process, events, errors }) => [process, events, errors])).toEqual([
      ['quick', 400, 0],
      ['slow', 200, 20],
    ]);
    for (const { process, p50, p95, p99 } of processes) {
      const each = process === 'slow' ? 10 : 1;
      for (const share of [p50, p95, p99]) expect((share as number) / each).toBeCloseTo(1, 1);
    }
    for (const { counts, events } of processes) {
      expect(counts).toHaveLength(buckets.length);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(events);
    }
    const one = await store.overview(undefined, 60, 'slow');
    expect(one.processes.map(({ process }) => process)).toEqual(['slow']);
    expect(one.buckets.every(({ p50 }) => Math.abs((p50 as number) / 10 - 1) < 0.02)).toBe(true);
    const half = await store.overview({ from: WALL_NS + 5n * MINUTE_NS }, 60);
    expect(half.buckets.length).toBeLessThan(buckets.length);
    await expectTraceError(() => store.overview({}, 1), 'ERR_TRACE_QUERY', /buckets must be/);
  });

  it('a trend of a few seconds has parts of less than a minute', async () => {
    const store = storeOf();
    await store.append(
      makeRun(),
      makeEvents(100, (index) => ({ ms: index * 100, severity: index < 10 ? 'Error' : 'Info' })),
    );
    const trend = await store.trend({ from: WALL_NS, to: WALL_NS + 9_999_999_999n }, 12);
    expect(trend.map(({ events }) => events)).toEqual([8, ...Array(9).fill(10), 2]);
    expect(trend.map(({ errors }) => errors)).toEqual([8, 2, ...Array(9).fill(0)]);
    expect(await store.trend({ from: 0n, to: WALL_NS }, 2)).toHaveLength(2);
    expect(await store.trend({ from: WALL_NS + MINUTE_NS }, 10)).toEqual([]);
    for (const buckets of [1, 1001, 2.5, undefined as unknown as number]) {
      await expectTraceError(() => store.trend({}, buckets), 'ERR_TRACE_QUERY', /buckets must be/);
    }
  });

  it('percentiles of many events are within 1 %, their count is exact', async () => {
    const store = storeOf();
    const durations = fc
      .sample(fc.double({ min: 0, max: 40, noNaN: true }), { numRuns: 12_000, seed: 6 })
      .map((exponent, index) => BigInt(Math.floor(2 ** exponent)) * (index % 50 === 0 ? -1n : 1n));
    const run = makeRun();
    const placed = durations.map((durationNs, index) =>
      makeRecorded(index, { durationNs, ms: index * 50 }),
    );
    await store.append(run, placed);
    const sorted = durations.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const { count, ...shares } = await store.percentiles('Scheduler');
    expect(count).toBe(12_000);
    for (const [name, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const) {
      const exact = Number(sorted[Math.ceil(share * 12_000) - 1]) / 1e6;
      expect(Math.abs((shares[name] as number) - exact)).toBeLessThanOrEqual(exact * 0.01);
    }
  });

  it('who calls whom, from the links of monitored calls', async () => {
    const store = storeOf();
    const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const call = (n: number, process: string, parent?: number, more = {}) =>
      makeRecorded(n, {
        ms: n,
        eventId: id(n),
        requestId: 'r',
        attributes: {
          process,
          ...(parent !== undefined && { parent_event_id: id(parent) }),
        },
        ...more,
      });
    // A call is recorded when it ends: after what it called.
    await store.append(makeRun(), [
      call(2, 'gpu.alloc', 1),
      call(3, 'gpu.alloc', 1, { severity: 'Error' }),
      call(1, 'sched.place', 0),
      call(4, 'sched.place', 1),
      call(0, 'http.handle'),
      call(9, 'orphan', 77),
    ]);
    const edges = [
      { caller: 'http.handle', callee: 'sched.place', calls: 1, errors: 0, lastWallNs: wallOf(1) },
      { caller: 'sched.place', callee: 'gpu.alloc', calls: 2, errors: 1, lastWallNs: wallOf(3) },
      { caller: 'sched.place', callee: 'sched.place', calls: 1, errors: 0, lastWallNs: wallOf(4) },
    ];
    expect(await store.edges()).toEqual({ edges, isExact: true });
    // The caller began before the span, and is found by the request.
    const late = { from: wallOf(2), to: wallOf(3) };
    expect(await store.edges(late)).toEqual({ edges: [edges[1]], isExact: true });
    expect(await store.edges({ from: wallOf(5) })).toEqual({ edges: [], isExact: true });
  });

  it('requests are found by their newest event, one line each, page by page', async () => {
    const store = storeOf();
    const severities = ['Info', 'Warning', 'Error', 'Critical'] as const;
    const events = makeEvents(400, (index) => ({
      ms: index * 10,
      requestId: index % 5 === 4 ? '' : `r${(index * 7) % 30}`,
      component: index % 3 ? 'a' : 'b',
      severity: severities[index % 80 === 0 ? 3 : index % 40 === 0 ? 2 : index % 2] as 'Info',
      durationNs: BigInt(index % 50) * NANOS_PER_MILLI,
    }));
    const run = makeRun();
    await store.append(run, events);
    const expected = (matches: (index: number) => boolean) => {
      const ids = new Set(
        events
          .filter(({ event, sequence }) => event.requestId !== '' && matches(sequence))
          .map(({ event }) => event.requestId)
          .reverse(),
      );
      return [...ids].map((requestId) => {
        const own = events.filter(({ event }) => event.requestId === requestId);
        const ranks = own.map(({ event }) => severityRank(event.severity));
        const first = own[0]?.sequence as number;
        const ends = own.map(({ event, sequence }) => wallOf(sequence * 10) + event.durationNs);
        return {
          requestId,
          firstWallNs: wallOf(first * 10),
          lastWallNs: wallOf((own.at(-1)?.sequence as number) * 10),
          durationNs: (ends.sort((a, b) => (a < b ? -1 : 1)).at(-1) as bigint) - wallOf(first * 10),
          events: own.length,
          errors: ranks.filter((rank) => rank >= 2).length,
          worstSeverity: severities[Math.max(...ranks)],
          runs: [run.run],
        };
      });
    };
    const all = expected(() => true);
    expect(all.length).toBeGreaterThan(20);
    expect(await store.requests()).toEqual({ requests: all, next: undefined });
    const paged: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.requests({ limit: 4, cursor });
      paged.push(...page.requests);
      cursor = page.next;
    } while (cursor !== undefined);
    expect(paged).toEqual(all);
    const other = makeRun();
    await store.append(other, [makeRecorded(0, { ms: 10_000, requestId: 'r7' })]);
    const [newest] = (await store.requests({ limit: 1 })).requests;
    expect(newest?.requestId).toBe('r7');
    expect(new Set(newest?.runs)).toEqual(new Set([run.run, other.run]));
    const failed = await store.requests({ status: 'ERR', to: wallOf(9_000) });
    expect(failed.requests).toEqual(expected((index) => index % 40 === 0));
    const early = await store.requests({ to: wallOf(500), process: 'b' });
    expect(early.requests).toEqual(expected((index) => index <= 50 && index % 3 === 0));
    await expectTraceError(
      () => store.requests({ requestId: 'r1' } as object),
      'ERR_TRACE_QUERY',
      /a field of the query must be one of .*; got "requestId"/,
    );
  });
}
