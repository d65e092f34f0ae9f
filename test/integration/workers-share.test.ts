// One collector in every thread of the process.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import type { TraceEvent } from '../../src/event/trace-event.js';
import { expectTraceError } from '../support/collect.js';
import { readEvents, readMetadata } from '../support/json-export.js';
import { RecordingWorker } from '../support/threads.js';
import { makeTestFolder } from '../support/write-export.js';

const WORKERS = 4;
const NAMES = Array.from({ length: WORKERS }, (_, index) => `worker-${index}`);

let collector: TraceCollector;
beforeEach(() => {
  collector = new TraceCollector({ capacity: 100_000 });
});
afterEach(() => collector.close());

const numberOf = ({ attributes }: TraceEvent) => Number(attributes.number);

/** Complete, from a worker, and in the order in which that worker recorded it. */
function expectSound(events: readonly TraceEvent[]): void {
  const last = new Map<string, number>();
  for (const event of events) {
    const number = numberOf(event);
    expect(event.requestId).toBe(`${event.component}-${number}`);
    expect(event.rationale).toBe('é'.repeat(number % 40));
    expect(number).toBeGreaterThan(last.get(event.component) ?? -1);
    last.set(event.component, number);
  }
}

it('C13: workers record into the collector of the main thread, which queries meanwhile', async () => {
  const count = 10_000;
  const handle = collector.share();
  const workers = NAMES.map((name) => new RecordingWorker({ task: 'record', handle, name, count }));
  const reader = collector.reader();
  const read: TraceEvent[] = [];
  let missed = 0;
  const drain = () => {
    const result = reader.read(Number.MAX_SAFE_INTEGER);
    read.push(...result.events);
    missed += result.missed;
  };
  const results = Promise.all(workers.map((worker) => worker.result<number>()));
  let working = true;
  void results.finally(() => {
    working = false;
  });
  while (working) {
    expectSound(collector.query({ component: 'worker-1', limit: 500 }));
    const { recorded, size, dropped, cleared } = collector.stats();
    expect(recorded).toBe(size + dropped + cleared);
    drain();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await results).toEqual([0, 0, 0, 0]);
  drain();

  expect(collector.stats()).toMatchObject({
    size: WORKERS * count,
    recorded: WORKERS * count,
    dropped: 0,
    rejected: 0,
  });
  const events = collector.query();
  expectSound(events);
  for (const name of NAMES) {
    expect(collector.queryByComponent(name).map(numberOf)).toEqual([...Array(count).keys()]);
  }
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(WORKERS * count);
  expect([read.length, missed]).toEqual([WORKERS * count, 0]);
  expectSound(read);
  await Promise.all(workers.map((worker) => worker.ended()));
});

it('C1, C10: a ring that workers overflow keeps its newest and accounts for every event', async () => {
  const small = new TraceCollector({ capacity: 1_000 });
  const count = 20_000;
  const handle = small.share();
  const reader = small.reader();
  const workers = NAMES.map((name) => new RecordingWorker({ task: 'record', handle, name, count }));
  let seen = 0;
  const drain = () => {
    const { events, missed } = reader.read(Number.MAX_SAFE_INTEGER);
    seen += events.length + missed;
  };
  const results = Promise.all(workers.map((worker) => worker.result()));
  let working = true;
  void results.finally(() => {
    working = false;
  });
  while (working) {
    drain();
    const { recorded, size, dropped, cleared } = small.stats();
    expect(recorded).toBe(size + dropped + cleared);
    expect(size).toBeLessThanOrEqual(1_000);
    small.clear();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await results;
  drain();
  expect(seen).toBe(WORKERS * count);
  expect(small.stats().recorded).toBe(WORKERS * count);
  small.close();
});

it('C9, C10: an export while workers record is sound and its account adds up', async () => {
  const folder = makeTestFolder();
  const path = join(folder.path, 'trace.json');
  const small = new TraceCollector({ capacity: 5_000 });
  const handle = small.share();
  const workers = NAMES.map((name) => new RecordingWorker({ task: 'recordForever', handle, name }));
  await Promise.all(workers.map((worker) => worker.started()));
  for (let round = 0; round < 4; round++) {
    const { events } = await small.exportJson(path);
    const read = await readEvents(path);
    expectSound(read);
    const { recorded, retained, dropped, cleared } = readMetadata(path);
    expect([read.length, retained]).toEqual([events, events]);
    expect(recorded).toBe((retained ?? 0) + (dropped ?? 0) + (cleared ?? 0));
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  small.close();
  folder.remove();
});

it('C13: a ring made in a worker outlives it while another thread has it', async () => {
  const worker = new RecordingWorker({ task: 'recordThenWait', capacity: 100, count: 50 });
  const handle = await worker.result<ReturnType<TraceCollector['share']>>();
  const attached = TraceCollector.attach(handle);
  worker.worker.postMessage('end');
  await worker.ended();
  expect(attached.query()).toHaveLength(50);
  attached.recordNow('t', 'c');
  expect(attached.size).toBe(51);
  attached.close();
  const attach = () => TraceCollector.attach(handle);
  await expectTraceError(attach, 'ERR_TRACE_HANDLE', /is none, or is closed/);
});

it('C13: a worker that ends lets go of its ring, and the last owner takes it with it', async () => {
  const worker = new RecordingWorker({ task: 'recordThenWait', capacity: 100, count: 50 });
  const handle = await worker.result<ReturnType<TraceCollector['share']>>();
  await worker.terminate();
  const attach = () => TraceCollector.attach(handle);
  await expectTraceError(attach, 'ERR_TRACE_HANDLE', /is none, or is closed/);
});

it('C13: closing the collector here leaves the others at work, and their events', async () => {
  const own = new TraceCollector({ capacity: 100_000 });
  const handle = own.share();
  const worker = new RecordingWorker({ task: 'recordForever', handle });
  await worker.started();
  own.close();
  own.recordNow('t', 'c');
  expect(own.stats().rejected).toBe(1);
  const again = TraceCollector.attach(handle);
  const before = again.stats().recorded;
  while (again.stats().recorded === before) await new Promise((resolve) => setImmediate(resolve));
  expectSound(again.query());
  await worker.terminate();
  again.close();
});

it('C13: more threads than a small ring has lanes share them without losing an event', async () => {
  const small = new TraceCollector({ capacity: 256, maxBytes: 128 * 1024 });
  const handle = small.share();
  const count = 2_000;
  const workers = Array.from(
    { length: 6 },
    (_, index) => new RecordingWorker({ task: 'record', handle, name: `w${index}`, count }),
  );
  for (let i = 0; i < count; i++) {
    const text = { requestId: `main-${i}`, rationale: 'é'.repeat(i % 40) };
    small.record({ eventType: 't', component: 'main', attributes: { number: i }, ...text });
  }
  await Promise.all(workers.map((worker) => worker.result()));
  const { recorded, size, dropped } = small.stats();
  expect([recorded, size + dropped]).toEqual([7 * count, 7 * count]);
  const { events } = small.reader().read(Number.MAX_SAFE_INTEGER);
  expect(events).toHaveLength(size);
  expectSound(events);
  await Promise.all(workers.map((worker) => worker.ended()));
  small.close();
});

it('C2, C13: when bytes run out the oldest events of all threads go, not only those of the busy one', async () => {
  const small = new TraceCollector({ capacity: 100_000, maxBytes: 1024 * 1024 });
  const worker = new RecordingWorker({ task: 'recordThenWait', handle: small.share(), count: 5 });
  await worker.result();
  expect(small.queryByComponent('w')).toHaveLength(5);
  for (let i = 0; i < 1_000; i++) small.recordNow('t', 'main', String(i).padEnd(4_000));
  // Events of the main thread that are newer than the worker's five have been given up.
  expect(small.queryByComponent('w')).toEqual([]);
  const { size, recorded, dropped } = small.stats();
  expect([recorded, size + dropped]).toEqual([1_005, 1_005]);
  expect(small.query().map(({ rationale }) => Number(rationale))).toEqual(
    Array.from({ length: size }, (_, index) => 1_000 - size + index),
  );
  worker.worker.postMessage('end');
  await worker.ended();
  small.close();
});

it('C2, C13: a thread that ends hands its part of the memory on to the next', async () => {
  const large = new TraceCollector({ capacity: 100_000 });
  const bytes: number[] = [];
  for (let round = 0; round < 6; round++) {
    const worker = new RecordingWorker({ task: 'record', handle: large.share(), count: 5 });
    await worker.result();
    await worker.ended();
    bytes.push(large.stats().bytes);
  }
  expect(new Set(bytes)).toEqual(new Set([bytes[0]]));
  expect(large.size).toBe(30);
  large.close();
});
