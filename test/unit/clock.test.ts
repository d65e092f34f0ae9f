import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstSteadyNsOf, lastSteadyNsOf, wallNsOf } from '../../src/event/clock.js';

const HOUR = 3_600_000_000_000n;
const WALL = 1_795_000_000_000_000_000n;
/** Set forward by seven hours at 100, and back by seven at 200. */
const STEPPED = {
  anchors: [
    { steadyNs: 0n, wallNs: WALL },
    { steadyNs: 100n, wallNs: WALL + 100n + 7n * HOUR },
    { steadyNs: 200n, wallNs: WALL + 200n },
  ],
};
/** Set back by 50 ns at 100: it shows WALL + 50 to WALL + 99 twice. */
const SET_BACK = {
  anchors: [
    { steadyNs: 0n, wallNs: WALL },
    { steadyNs: 100n, wallNs: WALL + 50n },
  ],
};

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const int64 = fc.bigInt({ min: INT64_MIN, max: INT64_MAX });

it('each event has the wall time that the clock showed when it happened', () => {
  expect(wallNsOf(STEPPED, 99n)).toBe(WALL + 99n);
  expect(wallNsOf(STEPPED, 100n)).toBe(WALL + 100n + 7n * HOUR);
  expect(wallNsOf(STEPPED, 199n)).toBe(WALL + 199n + 7n * HOUR);
  expect(wallNsOf(STEPPED, 200n)).toBe(WALL + 200n);
});

it('C10: places events in wall time and back, exactly', () => {
  const run = { anchors: [{ steadyNs: 1_000_000_000n, wallNs: 1_700_000_000_000_000_001n }] };
  expect(wallNsOf(run, 999_999_999n)).toBe(1_700_000_000_000_000_000n);
  expect(firstSteadyNsOf(run, 1_700_000_000_000_000_000n)).toBe(999_999_999n);
  expect(lastSteadyNsOf(run, 1_700_000_000_000_000_000n)).toBe(999_999_999n);
});

it('an event from before the first anchor is placed by it', () => {
  expect(wallNsOf(STEPPED, -5n)).toBe(WALL - 5n);
});

it('a timestamp that is none of the steady clock is placed as given, and what no int64 holds at its end', () => {
  expect(wallNsOf(STEPPED, WALL)).toBe(2n * WALL);
  expect(wallNsOf(STEPPED, INT64_MAX)).toBe(INT64_MAX);
  expect(wallNsOf({ anchors: [{ steadyNs: INT64_MAX, wallNs: 0n }] }, INT64_MIN)).toBe(INT64_MIN);
  fc.assert(
    fc.property(int64, int64, int64, (steadyNs, wallNs, timestampNs) => {
      const placed = wallNsOf({ anchors: [{ steadyNs, wallNs }] }, timestampNs);
      const exact = wallNs + timestampNs - steadyNs;
      expect(placed).toBe(exact > INT64_MAX ? INT64_MAX : exact < INT64_MIN ? INT64_MIN : exact);
    }),
  );
});

it('a time of day means the moments at which the clock showed it, also where it was set', () => {
  expect(firstSteadyNsOf(STEPPED, WALL + 42n)).toBe(42n);
  expect(lastSteadyNsOf(STEPPED, WALL + 250n)).toBe(250n);
  // Three hours on were never shown: what comes at or after it begins with the step.
  expect(firstSteadyNsOf(STEPPED, WALL + 3n * HOUR)).toBe(100n);
  // Shown twice: from the first on, up to the last.
  expect(firstSteadyNsOf(SET_BACK, WALL + 70n)).toBe(70n);
  expect(lastSteadyNsOf(SET_BACK, WALL + 70n)).toBe(120n);
});

it('what is from a time on and up to a time holds every event that shows a time between them', () => {
  const gap = fc.bigInt({ min: 1n, max: 1_000n });
  const run = fc
    .array(fc.tuple(gap, fc.bigInt({ min: -2_000n, max: 2_000n })), { minLength: 1, maxLength: 5 })
    .map((steps) => {
      let steadyNs = 0n;
      const anchors = steps.map(([after, off]) => {
        steadyNs += after;
        return { steadyNs, wallNs: WALL + steadyNs + off };
      });
      return { anchors };
    });
  const near = fc.bigInt({ min: -3_000n, max: 8_000n });
  fc.assert(
    fc.property(run, near, near, (anchored, at, wall) => {
      const shown = wallNsOf(anchored, at);
      const asked = WALL + wall;
      if (shown >= asked) expect(at).toBeGreaterThanOrEqual(firstSteadyNsOf(anchored, asked));
      if (shown <= asked) expect(at).toBeLessThanOrEqual(lastSteadyNsOf(anchored, asked));
      expect(wallNsOf(anchored, firstSteadyNsOf(anchored, asked))).toBeGreaterThanOrEqual(asked);
    }),
  );
});
