import { expect, it } from 'vitest';
import { Attempts } from '../../src/pipeline/sinks/attempts.js';
import { makeRun, makeRecorded as recordedAt } from '../support/recorded-events.js';

/** One that was recorded now. */
const makeRecorded = (sequence: number, timestampNs = process.hrtime.bigint()) =>
  recordedAt(sequence, { timestampNs });

/** One that this process has begun. */
const ownRun = () =>
  makeRun({
    pid: process.pid,
    steadyNs: process.hrtime.bigint(),
    wallNs: BigInt(Date.now()) * 1_000_000n,
  });

it('what was never sent is said to be so, and what has failed is not, until it is stored', () => {
  const attempts = new Attempts();
  const run = ownRun();
  const [early, late] = [[makeRecorded(0), makeRecorded(1)], [makeRecorded(2)]];
  expect(attempts.isFirst(run, early)).toBe(true);
  attempts.failed(run, early, true);
  expect(attempts.isFirst(run, [makeRecorded(1), makeRecorded(2)])).toBe(false);
  expect(attempts.isFirst(run, late)).toBe(true);
  expect(attempts.isFirst(ownRun(), early)).toBe(true);
  expect(attempts.unansweredMs).toBeUndefined();
  attempts.stored(run, early);
  expect(attempts.isFirst(run, early)).toBe(true);
});

it('how long ago an answer did not come is known', () => {
  const attempts = new Attempts();
  attempts.failed(ownRun(), [makeRecorded(0)], false);
  expect(attempts.unansweredMs).toBeGreaterThanOrEqual(0);
});

it('events of another process may have been sent by it', () => {
  const attempts = new Attempts();
  expect(attempts.isFirst({ ...ownRun(), pid: process.pid + 1 }, [makeRecorded(0)])).toBe(false);
  // The same process id, before this process began.
  expect(attempts.isFirst(makeRun({ pid: process.pid }), [makeRecorded(0)])).toBe(false);
});

it('events from before may have been sent by a pipeline that was there before', () => {
  const earlier = makeRecorded(0);
  const attempts = new Attempts();
  const run = ownRun();
  expect(attempts.isFirst(run, [makeRecorded(1)])).toBe(true);
  expect(attempts.isFirst(run, [makeRecorded(1), earlier])).toBe(false);
});

it('of too many that have failed none is taken for new any more', () => {
  const attempts = new Attempts();
  const run = ownRun();
  const events = Array.from({ length: 100_001 }, (_, sequence) => makeRecorded(sequence));
  attempts.failed(run, events, true);
  expect(attempts.isFirst(run, [makeRecorded(200_000)])).toBe(false);
});
