import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Drain, type DrainOptions, OrphanSpill } from '../../src/collector/drain.js';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import type { ClockAnchor } from '../../src/event/clock.js';
import type { RecordedEvent } from '../../src/event/recorded-event.js';
import { isUuid } from '../../src/event/uuid.js';
import { expectTraceError } from '../support/collect.js';

const SMALLEST = 64 * 1024;
const ALL = Number.MAX_SAFE_INTEGER;

let folder: string;
let collector: TraceCollector;
const drains: Drain[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-drain-'));
  collector = new TraceCollector({ capacity: 100 });
});
afterEach(() => {
  for (const drain of drains.splice(0)) drain.close();
  collector.close();
  rmSync(folder, { recursive: true });
});

function open(options: DrainOptions = {}): Drain {
  const drain = Drain.open(collector, options);
  drains.push(drain);
  return drain;
}
const openSmall = () => open({ errorLaneBytes: SMALLEST, spillDirectory: folder });

function record(from: number, to: number, severity: 'Info' | 'Error' = 'Error'): void {
  for (let i = from; i < to; i++) {
    collector.record({ eventType: 't', component: 'c', severity, rationale: `${i}`.padEnd(500) });
  }
}
const numbers = (events: RecordedEvent[]) => events.map(({ event }) => Number(event.rationale));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

it('P1: gives errors until they are acknowledged, each with its place', () => {
  const drain = open();
  record(0, 2, 'Info');
  record(2, 4);
  const errors = drain.peekErrors(10);
  expect(drain.peekErrors(10)).toEqual(errors);
  expect(errors.map(({ lane, sequence }) => [lane, sequence])).toEqual([
    [0, 2],
    [0, 3],
  ]);
  expect(errors.map(({ event }) => event)).toEqual(collector.queryBySeverity('Error'));
  record(4, 5);
  drain.acknowledgeErrors();
  expect(numbers(drain.peekErrors(10))).toEqual([4]);
});

it('P1: reads all events with their places, the same as a query gives', () => {
  const drain = open();
  collector.record({ eventType: 'é', component: 'c', attributes: { __proto__x: 'ü', k: 'v' } });
  collector.record({
    eventType: 't',
    component: 'c',
    eventId: '00112233-4455-6677-8899-aabbccddeeff',
    requestId: 'r',
    modelId: 'm',
    timestampNs: -5n,
    durationNs: 7n,
    severity: 'Critical',
  });
  record(0, 3, 'Info');
  const first = drain.readEvents(2);
  const rest = drain.readEvents(10);
  const events = [...first.events, ...rest.events];
  expect(first.events).toHaveLength(2);
  expect(events.map(({ sequence }) => sequence)).toEqual(range(0, 5));
  const byId = (a: { eventId: string }, b: { eventId: string }) => (a.eventId < b.eventId ? -1 : 1);
  expect(events.map(({ event }) => event).toSorted(byId)).toEqual(collector.query().toSorted(byId));
  expect(drain.readEvents(10)).toEqual({ events: [], missed: 0, heldBack: 0 });
});

it('P1: counts what was overwritten, and as lost only what the lane did not keep', () => {
  const drain = open();
  record(0, 50, 'Info');
  record(50, 150);
  record(150, 250, 'Info');
  expect(drain.stats()).toMatchObject({
    backlog: 100,
    overwritten: 150,
    laneEvents: 100,
    lost: 0,
  });
  expect(drain.readEvents(ALL)).toMatchObject({ missed: 150 });
  expect(drain.stats()).toMatchObject({ backlog: 0, overwritten: 0, lost: 50, lostErrors: 0 });
  expect(numbers(drain.peekErrors(ALL))).toEqual(range(50, 150));
});

it('P2: spills what the lane has no room for, and empties the file when it was acknowledged', () => {
  const drain = openSmall();
  record(0, 300);
  const stats = drain.stats();
  expect(stats.laneEvents + stats.spilled).toBe(300);
  expect(stats.spilled).toBeGreaterThan(100);
  expect(stats).toMatchObject({ spillPending: stats.spilled, lastSpillError: undefined });
  const [name = ''] = readdirSync(folder);
  const file = statSync(join(folder, name));
  expect(name).toBe(`errors-${drain.run.run.replaceAll('-', '')}-${process.pid}.spill`);
  expect(file.mode & 0o777).toBe(0o600);
  expect(file.size).toBe(64 + stats.spillBytes);
  expect(numbers(drain.peekErrors(ALL))).toEqual(range(0, 300));
  drain.acknowledgeErrors();
  expect(drain.stats()).toMatchObject({
    laneEvents: 0,
    laneBytes: 0,
    spillPending: 0,
    spillBytes: 0,
  });
  expect(statSync(join(folder, name)).size).toBe(64);
  expect(drain.close()).toEqual({ spilled: 0 });
  expect(readdirSync(folder)).toEqual([]);
});

it('P2: what is not acknowledged at close() is left to the next start', () => {
  const drain = openSmall();
  record(0, 300);
  drain.peekErrors(10);
  drain.acknowledgeErrors();
  expect(OrphanSpill.list(folder)).toEqual([]);
  const { laneEvents } = drain.stats();
  expect(drain.close()).toEqual({ spilled: laneEvents });
  expect(drain.close()).toEqual({ spilled: 0 });

  const [path = ''] = OrphanSpill.list(folder);
  const left = OrphanSpill.open(path);
  if (left === undefined) expect.fail('nobody holds it');
  expect(left.run).toEqual(drain.run);
  expect(OrphanSpill.open(path)).toBeUndefined();
  const found: number[] = [];
  for (;;) {
    const some = left.peek(70);
    expect(left.peek(70)).toEqual(some);
    if (some.length === 0) break;
    found.push(...numbers(some));
    left.acknowledge();
  }
  expect(found.toSorted((a, b) => a - b)).toEqual(range(10, 300));
  expect(left.skipped).toBe(0);
  left.remove();
  left.close();
  left.close();
  expect(existsSync(path)).toBe(false);
  expect(OrphanSpill.open(path)).toBeUndefined();
});

it('P2: counts a lost error, says why, and goes on by itself', () => {
  const spillDirectory = join(folder, 'spill');
  const drain = open({ errorLaneBytes: SMALLEST, spillDirectory });
  rmSync(spillDirectory, { recursive: true });
  record(0, 300);
  const stats = drain.stats();
  expect(stats.lostErrors).toBe(300 - stats.laneEvents);
  expect(stats.lastSpillError).toBe('ENOENT');
  drain.peekErrors(ALL);
  drain.acknowledgeErrors();
  record(300, 310);
  expect(numbers(drain.peekErrors(ALL))).toEqual(range(300, 310));
});

it('names the run and its clocks', () => {
  const before = process.hrtime.bigint();
  const own = new TraceCollector();
  const drain = Drain.open(own);
  const { run, pid, anchors } = drain.run;
  const [{ steadyNs, wallNs }] = anchors as [ClockAnchor];
  expect(isUuid(run)).toBe(true);
  expect(pid).toBe(process.pid);
  expect(steadyNs).toBeGreaterThanOrEqual(before);
  expect(steadyNs).toBeLessThanOrEqual(process.hrtime.bigint());
  const now = BigInt(Date.now()) * 1_000_000n;
  expect(wallNs).toBeLessThanOrEqual(now + 1_000_000n);
  expect(wallNs).toBeGreaterThan(now - 60_000_000_000n);
  drain.close();
  expect(Drain.open(own).run).toEqual(drain.run);
  own.close();
});

it('goes on after its collector was closed', () => {
  const drain = open();
  record(0, 3);
  collector.close();
  expect(numbers(drain.peekErrors(10))).toEqual([0, 1, 2]);
  expect(numbers(drain.readEvents(10).events)).toEqual([0, 1, 2]);
});

describe('refuses', () => {
  it('P1: a second drain of a collector, until the first is closed', async () => {
    const drain = open();
    await expectTraceError(() => open(), 'ERR_TRACE_DRAIN', /already has a pipeline/);
    drain.close();
    open();
  });

  it('a closed collector', async () => {
    collector.close();
    await expectTraceError(() => open(), 'ERR_TRACE_CLOSED', /the collector is closed/);
  });

  it.each([0, SMALLEST - 1, 1.5, Number.NaN, '65536', null])(
    'a lane of %o bytes',
    async (bytes) => {
      const options = { errorLaneBytes: bytes as number };
      await expectTraceError(
        () => open(options),
        'ERR_TRACE_OPTION',
        /errorLaneBytes must be an int/,
      );
    },
  );

  it.each(['', 'a\0b', 5, null])('%o as spill directory', async (path) => {
    const options = { spillDirectory: path as string };
    await expectTraceError(() => open(options), 'ERR_TRACE_OPTION', /spillDirectory must be a non/);
  });

  it('P2: a spill directory that is a file', async () => {
    const spillDirectory = join(folder, 'file');
    writeFileSync(spillDirectory, '');
    await expectTraceError(() => open({ spillDirectory }), 'ERR_TRACE_SPILL', /spill directory/);
    open();
  });

  it.each([-1, 0.5, Number.NaN, '5'])('to give %o events', async (count) => {
    const drain = open();
    for (const read of [drain.peekErrors.bind(drain), drain.readEvents.bind(drain)]) {
      const call = () => read(count as number);
      await expectTraceError(call, 'ERR_TRACE_OPTION', /maxEvents must be an integer of 0 or more/);
    }
  });

  it('everything after close()', async () => {
    const drain = open();
    drain.close();
    for (const use of [
      () => drain.peekErrors(1),
      () => drain.acknowledgeErrors(),
      () => drain.readEvents(1),
      () => drain.stats(),
    ]) {
      await expectTraceError(use, 'ERR_TRACE_CLOSED', /the drain is closed/);
    }
  });

  it('P2: a spill file whose header is damaged', async () => {
    const path = join(folder, 'errors-x.spill');
    writeFileSync(path, 'AGTSPILL and nothing of use behind it'.padEnd(100));
    expect(OrphanSpill.list(folder)).toEqual([path]);
    await expectTraceError(() => OrphanSpill.open(path), 'ERR_TRACE_SPILL', /expected the header/);
  });
});
