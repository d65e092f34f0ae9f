import fc from 'fast-check';
import { expect } from 'vitest';
import { type CollectorStats, TraceCollector } from '../../src/collector/trace-collector.js';
import type { TraceReader } from '../../src/collector/trace-reader.js';
import { SEVERITIES } from '../../src/event/severity.js';

/** What the ring must do, in the simplest way: an array of every event ever recorded. */
interface ModelEvent {
  number: number;
  timestampNs: bigint;
  severity: number;
  request: number;
}

class RingModel {
  readonly events: ModelEvent[] = [];
  /** Number of the oldest retained event. */
  begin = 0;
  cleared = 0;
  rejected = 0;

  constructor(readonly capacity: number) {}

  record(event: ModelEvent): void {
    this.events.push(event);
    this.begin = Math.max(this.begin, this.events.length - this.capacity);
  }
  clear(): void {
    this.cleared += this.events.length - this.begin;
    this.begin = this.events.length;
  }
  get retained(): ModelEvent[] {
    return this.events.slice(this.begin);
  }
  get account(): Omit<CollectorStats, 'bytes' | 'truncated' | 'lastRejection' | 'fileState'> {
    const [recorded, size] = [this.events.length, this.events.length - this.begin];
    const { capacity, cleared, rejected } = this;
    return { capacity, size, recorded, cleared, rejected, dropped: recorded - cleared - size };
  }
}

/** A reader beside its model: the number it will read next. */
interface Cursor {
  reader: TraceReader;
  next: number;
  read: number;
  missed: number;
  start: number;
}

interface World {
  collector: TraceCollector;
  cursors: Cursor[];
}

type Step = fc.Command<RingModel, World>;

function step(text: string, run: (model: RingModel, world: World) => void): Step {
  return { check: () => true, run, toString: () => text };
}

const recordStep = fc
  .record({
    // Bursts that fill more than one chunk, which holds some 300 of these.
    count: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 20 }) },
      { weight: 1, arbitrary: fc.integer({ min: 300, max: 900 }) },
    ),
    timestamp: fc.bigInt({ min: -3n, max: 3n }),
    padding: fc.constantFrom(0, 7, 100),
  })
  .map(({ count, timestamp, padding }) =>
    step(`record ${count} of ${padding} from ${timestamp}`, (model, { collector }) => {
      for (let i = 0; i < count; i++) {
        const number = model.events.length;
        const event = {
          number,
          timestampNs: timestamp + BigInt(number % 3),
          severity: number % 4,
          request: number % 5,
        };
        model.record(event);
        collector.record({
          eventType: 't',
          component: 'c',
          rationale: `${number}${' '.repeat(padding)}`,
          timestampNs: event.timestampNs,
          requestId: `request-${event.request}`,
          severity: SEVERITIES[event.severity],
        });
      }
    }),
  );

const rejectStep = fc.constant(
  step('reject', (model, { collector }) => {
    model.rejected++;
    collector.record({ eventType: '', component: 'c' });
  }),
);

const clearStep = fc.constant(
  step('clear', (model, { collector }) => {
    model.clear();
    collector.clear();
  }),
);

const queryStep = fc
  .record({
    start: fc.option(fc.bigInt({ min: -4n, max: 1n }), { nil: undefined }),
    end: fc.option(fc.bigInt({ min: 1n, max: 6n }), { nil: undefined }),
    minSeverity: fc.option(fc.nat(3), { nil: undefined }),
    request: fc.option(fc.nat(5), { nil: undefined }),
    limit: fc.option(fc.nat(30), { nil: undefined }),
  })
  .map((query) =>
    step(`query ${fc.stringify(query)}`, (model, { collector }) => {
      const { start, end, minSeverity, request, limit } = query;
      const wanted = model.retained
        .filter(
          ({ timestampNs }) => timestampNs >= (start ?? -100n) && timestampNs <= (end ?? 100n),
        )
        .filter(({ severity }) => severity >= (minSeverity ?? 0))
        .filter((event) => request === undefined || event.request === request)
        .sort((a, b) => Number(a.timestampNs - b.timestampNs) || a.number - b.number)
        .slice(0, limit);
      const found = collector.query({
        start,
        end,
        minSeverity: minSeverity === undefined ? undefined : SEVERITIES[minSeverity],
        requestId: request === undefined ? undefined : `request-${request}`,
        limit,
      });
      expect(found.map(({ rationale }) => Number(rationale))).toEqual(
        wanted.map(({ number }) => number),
      );
    }),
  );

const openStep = fc.constant(
  step('open a reader', (model, world) => {
    const { begin } = model;
    const reader = world.collector.reader();
    world.cursors.push({ reader, next: begin, start: begin, read: 0, missed: 0 });
  }),
);

const readStep = fc
  .record({ which: fc.nat(3), max: fc.oneof(fc.nat(12), fc.constant(2_000)) })
  .map(({ which, max }) =>
    step(`read ${max} with ${which}`, (model, { cursors }) => {
      const cursor = cursors[which % cursors.length];
      if (cursor === undefined) return;
      const missed = Math.max(0, model.begin - cursor.next);
      const from = cursor.next + missed;
      const wanted = model.events.slice(from, from + max).map(({ number }) => number);
      const result = cursor.reader.read(max);
      expect(result.events.map(({ rationale }) => Number(rationale))).toEqual(wanted);
      expect(result.missed).toBe(missed);
      cursor.next = from + wanted.length;
      cursor.read += wanted.length;
      cursor.missed += missed;
    }),
  );

const statsStep = fc.constant(
  step('stats', (model, { collector }) => expectAccount(model, collector)),
);

function expectAccount(model: RingModel, collector: TraceCollector): void {
  const { bytes: _bytes, truncated, lastRejection, fileState, ...account } = collector.stats();
  expect(fileState).toBe('none');
  expect(lastRejection !== undefined).toBe(account.rejected > 0);
  expect(account).toEqual(model.account);
  expect(account.recorded).toBe(account.size + account.dropped + account.cleared);
  expect([truncated, collector.size]).toEqual([0, account.size]);
}

/** Reads to the end: over its life a reader saw each event once or counted it once as missed. */
function expectReaderAccount(model: RingModel, cursor: Cursor): void {
  const { events, missed } = cursor.reader.read(Number.MAX_SAFE_INTEGER);
  const seen = cursor.read + events.length + cursor.missed + missed;
  expect(seen).toBe(model.events.length - cursor.start);
  cursor.reader.close();
}

/** Random sequences of record, reject, clear, query, read and stats against the model. */
export function checkRingAgainstModel(numRuns: number): void {
  const steps = fc.commands(
    [
      recordStep,
      recordStep,
      rejectStep,
      clearStep,
      queryStep,
      openStep,
      readStep,
      readStep,
      statsStep,
    ],
    { size: 'medium' },
  );
  const capacity = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 1_500 }));
  fc.assert(
    fc.property(capacity, steps, (size, commands) => {
      const collector = new TraceCollector({ capacity: size });
      const world: World = { collector, cursors: [] };
      const model = new RingModel(size);
      try {
        fc.modelRun(() => ({ model, real: world }), commands);
        expectAccount(model, collector);
        for (const cursor of world.cursors) expectReaderAccount(model, cursor);
      } finally {
        collector.close();
      }
    }),
    { numRuns },
  );
}
