// Which events of a run are there, held against a plain set.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RunPlaces } from '../../src/store/clickhouse/run-places.js';

const LAST = 40;
const anySpan = fc
  .tuple(fc.integer({ min: 0, max: LAST }), fc.integer({ min: 0, max: LAST }))
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));

it('P7: places are those that were added, one by one and by spans, lane by lane', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ lane: fc.integer({ min: 0, max: 1 }), span: anySpan, isOne: fc.boolean() }),
      ),
      (steps) => {
        const places = new RunPlaces();
        const model = new Set<string>();
        for (const { lane, span, isOne } of steps) {
          const last = isOne ? span.first : span.last;
          if (isOne) places.add(lane, span.first);
          else places.addSpan({ lane, ...span });
          for (let n = span.first; n <= last; n++) model.add(`${lane}/${n}`);
          for (const each of [0, 1]) {
            for (let n = 0; n <= LAST; n++) {
              expect(places.has(each, n)).toBe(model.has(`${each}/${n}`));
            }
          }
        }
      },
    ),
  );
});
