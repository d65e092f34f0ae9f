import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inTimeOrder, type TimeOrderOptions } from '../../src/analysis/time-order.js';
import type { TraceEvent } from '../../src/event/trace-event.js';
import { collect, expectTraceError } from '../support/collect.js';
import { makeEvent } from '../support/write-export.js';

function eventsAt(times: readonly number[]): TraceEvent[] {
  return times.map((time, index) =>
    makeEvent({ timestampNs: BigInt(time), durationNs: BigInt(index) }),
  );
}

const isEven = (event: TraceEvent): boolean => event.timestampNs % 2n === 0n;

async function sorted(events: TraceEvent[], options?: TimeOrderOptions) {
  let passes = 0;
  const open = () => {
    passes++;
    return events;
  };
  return { events: await collect(inTimeOrder(open, isEven, options)), passes };
}

it('sorts matches by time, ties in their order, whatever the buffer and the limit', async () => {
  const times = fc.array(fc.nat(20), { maxLength: 60 });
  const options = fc.record({
    limit: fc.option(fc.nat(60), { nil: undefined }),
    charactersMax: fc.constantFrom(undefined, 1, 1_000, 5_000),
  });
  await fc.assert(
    fc.asyncProperty(times, options, async (list, chosen) => {
      const events = eventsAt(list);
      const expected = events
        .filter(isEven)
        .sort((a, b) => Number(a.timestampNs - b.timestampNs))
        .slice(0, chosen.limit);
      expect((await sorted(events, chosen)).events).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

it('needs two passes, more only when the buffer is too small, one when nothing matches', async () => {
  const reversed = eventsAt(Array.from({ length: 50 }, (_, index) => 100 - 2 * index));
  expect((await sorted(reversed)).passes).toBe(2);
  expect((await sorted(reversed, { charactersMax: 3_000 })).passes).toBeGreaterThan(3);
  expect((await sorted(eventsAt([1, 3]))).passes).toBe(1);
  expect((await sorted(reversed, { limit: 0 })).passes).toBe(1);
});

it('fails rather than run for ever when the source changes', async () => {
  const passes = [eventsAt([2, 4]), eventsAt([])];
  const changed = () => collect(inTimeOrder(() => passes.shift() ?? [], isEven));
  await expectTraceError(changed, 'ERR_TRACE_FILE', /changed/);
});
