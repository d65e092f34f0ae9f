import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EventSink, PermanentError, RetryAfterError } from '../../src/event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../../src/event/recorded-event.js';
import { BatchWriter, type DrainReader } from '../../src/pipeline/batch-writer.js';
import { SettlingSink } from '../../src/pipeline/sinks/settling-sink.js';
import { makeEvent } from '../support/write-export.js';

const RUN: RunInfo = { run: 'run-1', pid: 1, anchors: [{ steadyNs: 0n, wallNs: 0n }] };
const placed = (sequence: number): RecordedEvent => ({ lane: 0, sequence, event: makeEvent() });

/** A sink that fails in the ways that are drawn, and keeps what it takes in the order it came. */
class PickySink implements EventSink {
  readonly taken: number[] = [];
  appends = 0;
  readonly #bad: ReadonlySet<number>;
  readonly #max: number;
  readonly #fails: (append: number) => boolean;

  constructor(bad: readonly number[], max: number, fails: (append: number) => boolean) {
    this.#bad = new Set(bad);
    this.#max = max;
    this.#fails = fails;
  }

  async append(_run: RunInfo, events: readonly RecordedEvent[]) {
    if (this.#fails(this.appends++)) throw new Error('down');
    if (events.length > this.#max) throw new PermanentError('too large');
    const bad = events.find(({ sequence }) => this.#bad.has(sequence));
    if (bad !== undefined) throw new PermanentError(`malformed; got ${bad.sequence}`);
    this.taken.push(...events.map(({ sequence }) => sequence));
    return { inserted: events.length, duplicates: 0, rejected: [] };
  }

  async close() {}
}

const settling = (sink: EventSink, refused: string[] = [], problems: string[] = []) =>
  new SettlingSink(
    sink,
    (_run, { sequence }, reason) => refused.push(`${sequence} ${reason}`),
    (problem) => problems.push(problem),
  );

it('P2: an event that a sink never takes is set aside, and all others are stored once', async () => {
  const draws = fc.record({
    count: fc.integer({ min: 1, max: 40 }),
    bad: fc.array(fc.nat(39), { maxLength: 5 }),
    max: fc.integer({ min: 1, max: 50 }),
    failures: fc.array(fc.nat(60), { maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(draws, async ({ count, bad, max, failures }) => {
      const sink = new PickySink(bad, max, (append) => failures.includes(append));
      const refused: string[] = [];
      const settled = settling(sink, refused);
      const events = Array.from({ length: count }, (_, sequence) => placed(sequence));
      const expectedBad = [...new Set(bad)].filter((sequence) => sequence < count).sort();
      for (;;) {
        const result = await settled.append(RUN, events, { durable: true }).catch(() => undefined);
        if (result === undefined) continue;
        expect(result.rejected.map(({ index }) => index).sort()).toEqual(expectedBad);
        expect(result.inserted + result.rejected.length).toBe(count);
        break;
      }
      expect(refused.map((text) => Number(text.split(' ')[0])).sort()).toEqual(expectedBad);
      const good = events.map(({ sequence }) => sequence).filter((n) => !bad.includes(n));
      expect(sink.taken).toEqual(good);
    }),
    { numRuns: 300 },
  );
});

it('P2: what was taken before a failure is not given again with other events', async () => {
  const sink = new PickySink([1], 10, (append) => append === 3);
  const settled = settling(sink);
  const events = [0, 1, 2, 3].map(placed);
  await expect(settled.append(RUN, events, {})).rejects.toThrow('down');
  const taken = [...sink.taken];
  const more = [...events, placed(4)];
  const result = await settled.append(RUN, more, {});
  expect(result).toMatchObject({ inserted: 4, rejected: [{ index: 1 }] });
  expect(sink.taken.toSorted()).toEqual([0, 2, 3, 4]);
  expect(taken.every((sequence) => sink.taken.filter((n) => n === sequence).length === 1)).toBe(
    true,
  );
});

it.each([
  ['nothing', undefined, [], 0],
  ['null', null, [], 0],
  ['a count of rejected events, as sinks did once', { inserted: 2, rejected: 1 }, [], 1],
  ['a negative index', { rejected: [{ index: -1, reason: 'r' }] }, [], 1],
  ['an index after the end', { rejected: [{ index: 2, reason: 'r' }] }, [], 1],
  ['the same index twice', { rejected: [{ index: 1 }, { index: 1, reason: 'r' }] }, [1], 0],
  ['more duplicates than events', { duplicates: 7, rejected: [{ index: 0 }] }, [0], 0],
  ['duplicates that are no number', { duplicates: Number.NaN }, [], 1],
])('a sink that answers %s has taken the batch', async (_, answer, rejected, complaints) => {
  const problems: string[] = [];
  const sink = { append: async () => answer, close: async () => {} } as unknown as EventSink;
  const result = await settling(sink, [], problems).append(RUN, [placed(0), placed(1)], {});
  expect(result.rejected.map(({ index }) => index)).toEqual(rejected);
  expect(result.inserted + result.duplicates + result.rejected.length).toBe(2);
  expect(problems).toHaveLength(complaints);
});

it.each([
  [new RetryAfterError(30_000, 'busy'), 30_000],
  [Object.assign(new Error('busy'), { retryAfterMs: 2_500 }), 2_500],
  [new RetryAfterError(0, 'busy'), 10],
  [new RetryAfterError(Number.POSITIVE_INFINITY, 'busy'), 300_000],
  [new RetryAfterError(Number.NaN, 'busy'), 100],
  [Object.assign(new Error('busy'), { retryAfterMs: -1 }), 100],
  [new Error('busy'), 100],
])('a sink that fails with %s is left alone for %d ms', async (failure, delayMs) => {
  const source: DrainReader = {
    run: RUN,
    peekErrors: () => [placed(0)],
    acknowledgeErrors: () => expect.fail('nothing was stored'),
    readEvents: () => ({ events: [], missed: 0, heldBack: 0 }),
    stats: () => ({ backlog: 0, overwritten: 0 }),
  };
  const sink = { append: () => Promise.reject(failure), close: async () => {} };
  const writer = new BatchWriter({ source, sink, now: () => 0, intervalMs: 100 });
  expect(await writer.turn()).toEqual({ delayMs, failure });
});
