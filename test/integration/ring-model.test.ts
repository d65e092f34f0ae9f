import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { checkRingAgainstModel } from '../support/ring-model.js';

it('C1, C6, C7, C10: 2 000 random sequences of record, clear, query and read do what a simple model does', () => {
  checkRingAgainstModel(2_000);
}, 120_000);

it('C2, C10: when the byte bound is reached first the newest events are kept and the account is exact', () => {
  const maxBytes = 128 * 1024;
  const bursts = fc.array(
    fc.record({
      count: fc.integer({ min: 1, max: 60 }),
      bytes: fc.integer({ min: 0, max: 4_000 }),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), bursts, (capacity, given) => {
      const collector = new TraceCollector({ capacity, maxBytes });
      const reader = collector.reader();
      let recorded = 0;
      let read = 0;
      for (const { count, bytes } of given) {
        for (let i = 0; i < count; i++) {
          collector.recordNow('t', 'c', String(recorded++).padEnd(bytes));
        }
        const stats = collector.stats();
        expect(stats.recorded).toBe(recorded);
        expect(stats.recorded).toBe(stats.size + stats.dropped + stats.cleared);
        expect(stats.bytes).toBeLessThanOrEqual(maxBytes);
        expect(stats.size).toBeLessThanOrEqual(capacity);
        // Three of the four chunks of 32 KiB always hold history, each but for one event's room.
        expect(stats.size).toBeGreaterThanOrEqual(Math.min(capacity, recorded, 12));
        const kept = collector.query().map(({ rationale }) => Number(rationale));
        expect(kept).toEqual(
          Array.from({ length: stats.size }, (_, index) => recorded - stats.size + index),
        );
        const { events, missed } = reader.read(30);
        if (events[0] !== undefined) expect(Number(events[0].rationale)).toBe(read + missed);
        read += missed + events.length;
      }
      const rest = reader.read(Number.MAX_SAFE_INTEGER);
      expect(read + rest.missed + rest.events.length).toBe(recorded);
      collector.close();
    }),
    { numRuns: 200 },
  );
});
