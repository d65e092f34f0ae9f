// A pipeline in every state it can be in, with the real drain and sinks of every kind.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Severity } from '../../src/event/severity.js';
import type { Pipeline, PipelineBatch, PipelineOptions } from '../../src/pipeline/index.js';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { DIST_URL } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { makePipelineFolder, type PipelineFolder, spilledIn } from '../support/pipeline-process.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';
import { passTime } from '../support/store-folder.js';

// The worker is a file of the built package, and knows only that one's collectors.
const { TraceCollector } = (await import(DIST_URL)) as typeof import('../../src/index.js');
const { startPipeline } = (await import(
  new URL('pipeline/index.js', DIST_URL).href
)) as typeof import('../../src/pipeline/index.js');

const MEMORY_SINK = new URL('../support/memory-sink.mjs', import.meta.url).href;
type Collector = InstanceType<typeof TraceCollector>;

let folder: PipelineFolder;
let collector: Collector;
const pipelines: Pipeline[] = [];
beforeEach(() => {
  folder = makePipelineFolder();
  collector = new TraceCollector({ capacity: 1_000 });
});
afterEach(async () => {
  for (const pipeline of pipelines.splice(0))
    await pipeline.close({ timeoutMs: 100 }).catch(() => {});
  collector.close();
  folder.remove();
});

async function start(options: Omit<PipelineOptions, 'collector'>): Promise<Pipeline> {
  const pipeline = await startPipeline({
    collector,
    spillDirectory: folder.spill,
    metricsEventIntervalMs: 0,
    intervalMs: 10,
    ...options,
  });
  pipelines.push(pipeline);
  return pipeline;
}

/** The error class is that of the built package too. */
async function expectTraceError(action: () => Promise<unknown>, code: string, message: RegExp) {
  const error = await action().then(
    () => undefined,
    (reason: unknown) => reason as { name: string; code: string; message: string },
  );
  expect([error?.name, error?.code]).toEqual(['TraceError', code]);
  expect(error?.message).toMatch(message);
}

const log = () => join(folder.path, 'batches.log');
const memorySink = (options: object = {}) => ({
  module: MEMORY_SINK,
  options: { path: log(), ...options },
});

interface LoggedBatch {
  durable: boolean;
  events: { place: string; id: string; severity: Severity; type: string }[];
}
const logged = (): LoggedBatch[] =>
  readFileSync(log(), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as LoggedBatch);

function record(count: number, errorEvery = 5): void {
  for (let number = 0; number < count; number++) {
    const severity = (number + 1) % errorEvery === 0 ? 'Error' : 'Info';
    collector.record({ eventType: 't', component: 'c', requestId: String(number), severity });
  }
}

it('P1: everything recorded before a flush is in the sink after it, each event once', async () => {
  record(10); // before it is attached
  const pipeline = await start({ sink: memorySink() });
  record(200);
  expect(await pipeline.flush()).toBe(true);
  const places = logged().flatMap(({ events }) => events.map(({ place }) => place));
  expect(places.length).toBe(210);
  expect(new Set(places).size).toBe(210);
  expect(pipeline.metrics()).toMatchObject({ committed: 210, lost: 0, lostErrors: 0, errors: 40 });
});

it('P2: errors go first, to the disk, and survive a ring that is far too small', async () => {
  collector = new TraceCollector({ capacity: 10 });
  const pipeline = await start({ sink: memorySink() });
  record(5_000);
  await pipeline.flush();
  const batches = logged();
  const errors = batches.flatMap(({ durable, events }) =>
    events.filter(({ severity }) => severity === 'Error').map(({ id }) => ({ id, durable })),
  );
  // The last ones may have been read from the ring before the lane was looked at again.
  expect(errors.map(({ id }) => Number(id)).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 1_000 }, (_, index) => index * 5 + 4),
  );
  expect(errors.every(({ durable }) => durable)).toBe(true);
  const stored = batches.flatMap(({ events }) => events).length;
  expect(pipeline.metrics().lost).toBe(5_000 - stored);
});

it('P2: errors beyond the memory of their lane go through the spill file', async () => {
  collector = new TraceCollector({ capacity: 10 });
  const pipeline = await start({ sink: memorySink({ failures: 2 }), errorLaneBytes: 65_536 });
  record(20_000, 2);
  await pipeline.flush();
  const { spilled, spillPending, lostErrors, errors } = pipeline.metrics();
  expect(spilled).toBeGreaterThan(0);
  expect({ spillPending, lostErrors, errors }).toEqual({
    spillPending: 0,
    lostErrors: 0,
    errors: 10_000,
  });
  const ids = logged().flatMap(({ events }) => events.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});

it('P1, P4: a sink that is down is tried again; both are events and metrics', async () => {
  const pipeline = await start({ sink: memorySink({ failures: 3 }) });
  record(10);
  expect(await pipeline.flush({ timeoutMs: 1 })).toBe(false);
  expect(await pipeline.flush()).toBe(true);
  await pipeline.flush(); // and what the pipeline has recorded itself
  expect(pipeline.metrics()).toMatchObject({ failures: 3, sinkDown: 0 });
  const own = collector.queryByComponent('aegis.pipeline').map(({ eventType }) => eventType);
  expect(own).toEqual(['sink_down', 'sink_up']);
});

it('P4: metrics are recorded as events', async () => {
  const pipeline = await start({ sink: memorySink(), metricsEventIntervalMs: 1 });
  record(10);
  await pipeline.flush();
  while (collector.queryByComponent('aegis.pipeline').length === 0) await pipeline.flush();
  const [event] = collector.queryByComponent('aegis.pipeline');
  expect(event?.eventType).toBe('pipeline_metrics');
  expect(Object.keys(event?.attributes ?? {})).toEqual(Object.keys(pipeline.metrics()));
});

it('P4: a warning when too many events wait', async () => {
  const warned = new Promise<Error & { code?: string }>((resolve) => {
    process.once('warning', resolve);
  });
  record(600);
  await start({ sink: memorySink({ failures: 1 }), queueWarningThreshold: 500 });
  const { code, message } = await warned;
  expect(code).toBe('AEGIS_TRACE_BACKLOG');
  expect(message).toMatch(/^\d+ events wait .*queueWarningThreshold 500/);
});

it('P1: a function as a sink runs here, gets each event once, and a batch again when it throws', async () => {
  const taken: PipelineBatch[] = [];
  let failures = 2;
  const pipeline = await start({
    sink: async (batch) => {
      await Promise.resolve();
      if (failures-- > 0) throw new Error('not yet');
      taken.push(batch);
    },
  });
  record(100);
  expect(await pipeline.flush()).toBe(true);
  const ids = taken
    .flatMap(({ events }) => events)
    .filter(({ event }) => event.component === 'c')
    .map(({ event }) => Number(event.requestId));
  expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, id) => id));
  expect(taken[0]?.run.pid).toBe(process.pid);
});

it('P1: JSON lines', async () => {
  const path = join(folder.path, 'events.jsonl');
  const pipeline = await start({ sink: { jsonLines: { path } } });
  record(100);
  await pipeline.flush();
  expect(readFileSync(path, 'utf8').split('\n').length).toBe(101);
});

it('P2: close() of a pipeline whose sink is down leaves the errors in the spill, and the next takes them in', async () => {
  const first = await start({ sink: memorySink({ failures: 1e9 }) });
  record(100);
  expect(await first.close({ timeoutMs: 50 })).toBe(false);
  expect(first.metrics()).toMatchObject({ spillPending: 20, laneEvents: 0 });
  expect(spilledIn(folder.spill).length).toBe(20);
  collector = new TraceCollector();
  const second = await start({ sink: memorySink() });
  while (second.metrics().recovered < 20) await second.flush();
  await second.close();
  expect(spilledIn(folder.spill)).toEqual([]);
  expect(logged().flatMap(({ events }) => events).length).toBe(20);
});

it('C13: closed: flush rejects, close and metrics go on working', async () => {
  const pipeline = await start({ sink: memorySink() });
  record(10);
  const closing = pipeline.close();
  await expectTraceError(() => pipeline.flush(), 'ERR_TRACE_CLOSED', /the pipeline is closed/);
  expect(await closing).toBe(true);
  expect(await pipeline.close()).toBe(true);
  expect(pipeline.metrics().committed).toBe(10);
  // The collector is free for another one.
  await start({ sink: memorySink() });
});

it('C13: draining: flushes under way when it is closed are answered', async () => {
  const pipeline = await start({ sink: memorySink({ failures: 1e9 }) });
  record(10);
  const flushes = [pipeline.flush(), pipeline.flush()];
  expect(await pipeline.close({ timeoutMs: 50 })).toBe(false);
  expect(await Promise.all(flushes)).toEqual([false, false]);
});

it('C13: a thread that ends by itself: flush and close reject, the process is told', async () => {
  const warned = new Promise<Error & { code?: string }>((resolve) => {
    process.once('warning', resolve);
  });
  const pipeline = await start({ sink: memorySink({ end: 'exit' }) });
  record(10);
  await expectTraceError(() => pipeline.flush(), 'ERR_TRACE_PIPELINE', /thread has ended/);
  await expectTraceError(() => pipeline.flush(), 'ERR_TRACE_PIPELINE', /thread has ended/);
  await expectTraceError(() => pipeline.close(), 'ERR_TRACE_PIPELINE', /thread has ended/);
  expect((await warned).code).toBe('AEGIS_TRACE_PIPELINE');
  record(10); // goes on
});

it.each([
  ['exits', 'exit'],
  ['throws', 'throw'],
])(
  'P2: a thread that %s leaves the errors of its lane in the spill, for the next pipeline',
  async (_, end) => {
    const warned = new Promise((resolve) => process.once('warning', resolve));
    const first = await start({ sink: memorySink({ end }) });
    record(100);
    await expectTraceError(() => first.flush(), 'ERR_TRACE_PIPELINE', /thread has ended/);
    await warned;
    expect(spilledIn(folder.spill).map(Number)).toEqual(
      Array.from({ length: 20 }, (__, index) => index * 5 + 4),
    );
    collector = new TraceCollector();
    const second = await start({ sink: memorySink() });
    while (second.metrics().recovered < 20) await second.flush();
    await second.close();
    expect(spilledIn(folder.spill)).toEqual([]);
    expect(logged().flatMap(({ events }) => events).length).toBe(20);
  },
);

it('P2: errors recorded after the thread of a pipeline has ended by itself are in the spill, and counted', async () => {
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  const first = await start({ sink: memorySink({ end: 'exit' }) });
  record(100);
  await expectTraceError(() => first.flush(), 'ERR_TRACE_PIPELINE', /thread has ended/);
  expect((await warned).message).toContain(`errors go to the spill file in ${folder.spill}`);
  record(100);
  expect(first.metrics().unstored).toBe(200);
  // The next one for the same collector has them from there.
  const second = await start({ sink: memorySink() });
  while (second.metrics().recovered < 40) await second.flush();
  await second.close();
  expect(spilledIn(folder.spill)).toEqual([]);
  await expectTraceError(() => first.close(), 'ERR_TRACE_PIPELINE', /thread has ended/);
});

it('a collector has one pipeline at a time', async () => {
  await start({ sink: memorySink() });
  await expectTraceError(() => start({ sink: memorySink() }), 'ERR_TRACE_DRAIN', /./);
});

it.each([
  ['a collector that is closed', () => collector.close(), {}, 'ERR_TRACE_CLOSED', /closed/],
  [
    'two sinks',
    () => {},
    { sink: { sqlite: {}, jsonLines: { path: 'a' } } },
    'ERR_TRACE_OPTION',
    /sink/,
  ],
  [
    'an unknown option',
    () => {},
    { interval: 5 },
    'ERR_TRACE_OPTION',
    /one of collector.*"interval"/,
  ],
  ['an interval of 0', () => {}, { intervalMs: 0 }, 'ERR_TRACE_OPTION', /intervalMs.*from 1 to/],
  ['a lane too small', () => {}, { errorLaneBytes: 1 }, 'ERR_TRACE_OPTION', /errorLaneBytes/],
  [
    'a sink module without a function',
    () => {},
    { sink: { module: 'data:text/javascript,' } },
    'ERR_TRACE_OPTION',
    /default export/,
  ],
  [
    'an exit that takes too long',
    () => {},
    { flushOnExit: { timeoutMs: 6_000 } },
    'ERR_TRACE_OPTION',
    /timeoutMs/,
  ],
] as const)('refuses %s', async (_, prepare, options, code, message) => {
  prepare();
  await expectTraceError(() => start({ sink: memorySink(), ...options }), code, message);
});

it('P5: what the store removes because of its age is counted in the metrics', async () => {
  const path = join(folder.path, 'observability.db');
  const store = await SqliteStore.open({ path });
  await store.append(makeRun(), makeEvents(10));
  await store.close();
  await passTime(path, 7 * 3_600_000);
  const pipeline = await start({ sink: { sqlite: { path, retentionHours: 6 } } });
  collector.record({ eventType: 'a', component: 'b' });
  expect(await pipeline.flush()).toBe(true);
  await eventually(() => expect(pipeline.metrics().purged).toBe(10));
  expect(pipeline.metrics().committed).toBe(1);
});

it('tells the sink which program the run is of, on which machine', async () => {
  const batches: PipelineBatch[] = [];
  const pipeline = await start({
    sink: (batch) => void batches.push(batch),
    service: 'checkout',
    project: 'shop',
    version: '1.2.3',
  });
  collector.record({ eventType: 'a', component: 'A' });
  await pipeline.flush();
  expect(batches.map(({ run }) => run)).toEqual([
    expect.objectContaining({
      pid: process.pid,
      host: hostname(),
      service: 'checkout',
      project: 'shop',
      version: '1.2.3',
    }),
  ]);
});
