import { expect, it } from 'vitest';
import { CommitLog } from '../../src/store/clickhouse/commit-log.js';
import type { PlacedEvent } from '../../src/store/clickhouse/event-row.js';
import { makeRecorded } from '../support/recorded-events.js';

const placed = (sequence: number): PlacedEvent => ({
  run: 'a',
  placed: makeRecorded(sequence),
  wallMicros: sequence,
  process: 'p',
});
const span = (from: number, length: number) =>
  Array.from({ length }, (_, index) => placed(from + index));

it('gives what came after a position, what matches of it, and says when some of it is forgotten', () => {
  const log = new CommitLog();
  const start = log.end();
  log.add(span(0, 5));
  const page = log.after(start, {}, 3);
  expect(page.events.map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
  expect([page.isEnd, page.hasGap, page.position.number]).toEqual([false, false, 3]);
  const rest = log.after(page.position, { from: 4_000n }, 3);
  expect(rest.events.map(({ sequence }) => sequence)).toEqual([4]);
  expect([rest.numbers, rest.isEnd]).toEqual([[5], true]);
  expect(log.after(rest.position, {}, 3).events).toEqual([]);
  for (let round = 0; round < 10; round++) log.add(span(5 + round * 5_000, 5_000));
  const late = log.after(start, {}, 1_000);
  expect(late.hasGap).toBe(true);
  // No less than it says is remembered.
  expect(log.end().number - (late.numbers[0] as number)).toBeGreaterThanOrEqual(20_000 - 1);
  const sequences = late.events.map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.map((_, index) => (sequences[0] as number) + index));
});

it('a position of another one, or past its end, begins anew', () => {
  const log = new CommitLog();
  log.end();
  log.add(span(0, 2));
  for (const position of [new CommitLog().end(), { ...log.end(), number: 9 }]) {
    expect(log.after(position, {}, 10)).toMatchObject({ events: [], isReset: true, isEnd: false });
  }
  const { position } = log.after(new CommitLog().end(), {}, 10);
  expect(log.after(position, {}, 10).events).toHaveLength(2);
});

it('keeps nothing before somebody asks, and goes on counting', () => {
  const log = new CommitLog();
  log.add(span(0, 3));
  const start = log.end();
  expect(start.number).toBe(3);
  log.add(span(3, 2));
  expect(log.after(start, {}, 10).events.map(({ sequence }) => sequence)).toEqual([3, 4]);
  expect(log.after({ ...start, number: 1 }, {}, 10).hasGap).toBe(true);
});
