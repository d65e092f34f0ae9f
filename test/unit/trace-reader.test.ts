import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import type { ReadResult } from '../../src/collector/trace-reader.js';
import { expectTraceError } from '../support/collect.js';

let collector: TraceCollector;
beforeEach(() => {
  collector = new TraceCollector({ capacity: 10 });
});
afterEach(() => collector.close());

function record(from: number, to: number): void {
  for (let i = from; i < to; i++) collector.recordNow('t', 'c', String(i));
}

const seen = ({ events, missed }: ReadResult) => ({
  numbers: events.map(({ rationale }) => Number(rationale)),
  missed,
});

it('reads what was recorded since, each event once', () => {
  record(0, 3);
  const reader = collector.reader();
  expect(seen(reader.read())).toEqual({ numbers: [0, 1, 2], missed: 0 });
  expect(seen(reader.read())).toEqual({ numbers: [], missed: 0 });
  record(3, 5);
  expect(seen(reader.read())).toEqual({ numbers: [3, 4], missed: 0 });
  expect(collector.size).toBe(5);
});

it('reads at most so many, oldest first, and goes on there', () => {
  record(0, 5);
  const reader = collector.reader();
  expect(seen(reader.read(2))).toEqual({ numbers: [0, 1], missed: 0 });
  expect(seen(reader.read(0))).toEqual({ numbers: [], missed: 0 });
  expect(seen(reader.read(2))).toEqual({ numbers: [2, 3], missed: 0 });
  expect(seen(reader.read(Number.MAX_SAFE_INTEGER))).toEqual({ numbers: [4], missed: 0 });
});

it('counts what was overwritten before it was read', () => {
  const reader = collector.reader();
  record(0, 2);
  expect(seen(reader.read(1))).toEqual({ numbers: [0], missed: 0 });
  record(2, 15);
  expect(seen(reader.read(3))).toEqual({ numbers: [5, 6, 7], missed: 4 });
  expect(seen(reader.read())).toEqual({ numbers: [8, 9, 10, 11, 12, 13, 14], missed: 0 });
});

it('counts what was cleared before it was read', () => {
  const reader = collector.reader();
  record(0, 4);
  collector.clear();
  record(4, 6);
  expect(seen(reader.read())).toEqual({ numbers: [4, 5], missed: 4 });
});

it('stands before the oldest retained event when it is made', () => {
  record(0, 12);
  expect(seen(collector.reader().read(1))).toEqual({ numbers: [2], missed: 0 });
});

it('readers do not disturb each other', () => {
  const [one, other] = [collector.reader(), collector.reader()];
  record(0, 2);
  expect(seen(one.read())).toEqual(seen(other.read()));
});

it('reads a thousand when it is not told how many', () => {
  const large = new TraceCollector({ capacity: 1_500 });
  for (let i = 0; i < 1_500; i++) large.recordNow('t', 'c');
  const reader = large.reader();
  expect([reader.read().events.length, reader.read().events.length]).toEqual([1_000, 500]);
  large.close();
});

describe('refuses', () => {
  it.each([-1, 0.5, Number.NaN, Infinity, 5n, '5', null])('%o events', async (count) => {
    const reader = collector.reader();
    record(0, 1);
    const message = /maxEvents must be an integer of 0 or more; got /;
    await expectTraceError(() => reader.read(count as number), 'ERR_TRACE_OPTION', message);
    expect(seen(reader.read())).toEqual({ numbers: [0], missed: 0 });
  });

  it('to be used after close(), which may be called again', async () => {
    const reader = collector.reader();
    reader.close();
    reader.close();
    await expectTraceError(() => reader.read(), 'ERR_TRACE_CLOSED', /the reader is closed/);
  });
});

it('goes on after its collector was closed, and holds the ring until it is closed', () => {
  record(0, 1);
  const reader = collector.reader();
  collector.close();
  expect(seen(reader.read())).toEqual({ numbers: [0], missed: 0 });
  expect(seen(reader.read())).toEqual({ numbers: [], missed: 0 });
});
