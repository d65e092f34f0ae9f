// A pipeline that sends to a hub: what it says, what it waits for, and that nothing is lost or doubled on the way.
import { expect, it, onTestFinished, vi } from 'vitest';
import type { TraceCollector } from '../../src/index.js';
import type { HubSinkOptions } from '../../src/pipeline/index.js';
import { eventually } from '../support/eventually.js';
import { type Fault, FaultProxy } from '../support/fault-proxy.js';
import { KEYS, startTestHub, type TestHub } from '../support/hub.js';
import { startTestPipeline } from '../support/test-pipeline.js';

const start = (hub: HubSinkOptions) => startTestPipeline({ hub: { key: KEYS.ingest, ...hub } });

function record(collector: TraceCollector, count: number, from = 0): void {
  for (let index = from; index < from + count; index++) {
    collector.record({
      eventType: 'decided',
      component: 'Scheduler',
      requestId: `r${index % 7}`,
      severity: index % 5 === 0 ? 'Error' : 'Info',
      attributes: { index },
    });
  }
}

/** The indexes of the test's own events in the hub, in order, each as often as it is there. */
async function stored(hub: TestHub): Promise<number[]> {
  const found: number[] = [];
  let cursor = '';
  do {
    const { json } = await hub.get(
      `/recent?component=Scheduler&limit=1000${cursor && `&cursor=${cursor}`}`,
    );
    found.push(
      ...json.items.map((item: { attributes: { index: string } }) => Number(item.attributes.index)),
    );
    cursor = json.next ?? '';
  } while (cursor !== '');
  return found.sort((a, b) => a - b);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

it.each([true, false])('sends what was recorded, with who it is; gzip: %s', async (gzip) => {
  const hub = await startTestHub();
  const { collector, pipeline } = await start({ url: hub.hub.url, gzip });
  record(collector, 3_000);
  expect(await pipeline.flush()).toBe(true);
  expect(await stored(hub)).toEqual(numbers(3_000));
  expect(pipeline.metrics()).toMatchObject({ committed: 3_000, rejected: 0, failures: 0 });
  const [source] = (await hub.get('/stats/sources')).json.items;
  expect(source).toMatchObject({
    service: 'checkout',
    pid: process.pid,
    inserted: 3_000,
    duplicates: 0,
    recorded: 3_000,
    lost: 0,
    rejected_at_source: 0,
  });
  expect(Math.abs(source.clock_offset_ms)).toBeLessThan(60_000);
});

it.each<Fault>([
  'black_hole',
  'cut_answer',
  'cut_request',
  'garbage',
  'error',
  'overloaded',
  'rate_limited',
  'foreign',
  'slow',
])(
  'H1: a hub that fails by %s has everything after it has healed, and nothing twice',
  async (fault) => {
    const hub = await startTestHub();
    const proxy = await FaultProxy.open(() => hub.hub.port);
    onTestFinished(() => proxy.close());
    const url = `http://127.0.0.1:${proxy.port}`;
    const { collector, pipeline } = await start({ url, timeoutMs: 300 });
    record(collector, 100);
    await pipeline.flush();
    proxy.set(fault);
    const { connections } = proxy;
    record(collector, 500, 100);
    const isFlushed = await pipeline.flush({ timeoutMs: 700 });
    expect(proxy.connections).toBeGreaterThan(connections);
    if (fault !== 'slow') {
      expect(isFlushed).toBe(false);
      expect(pipeline.metrics()).toMatchObject({ sinkDown: 1, lost: 0, lostErrors: 0 });
    }
    proxy.set('none');
    expect(await pipeline.flush({ timeoutMs: 10_000 })).toBe(true);
    expect(await stored(hub)).toEqual(numbers(600));
    expect(pipeline.metrics()).toMatchObject({ sinkDown: 0, lost: 0, lostErrors: 0, rejected: 0 });
  },
);

it('goes on when the hub was away, and errors outlast a ring that is full', async () => {
  const hub = await startTestHub();
  const proxy = await FaultProxy.open(() => hub.hub.port);
  onTestFinished(() => proxy.close());
  const { collector, pipeline } = await start({
    url: `http://127.0.0.1:${proxy.port}`,
    timeoutMs: 200,
  });
  proxy.set('black_hole');
  record(collector, 25_000);
  await pipeline.flush({ timeoutMs: 300 });
  proxy.set('none');
  expect(await pipeline.flush({ timeoutMs: 20_000 })).toBe(true);
  const found = await stored(hub);
  expect(found).toEqual([...new Set(found)]);
  const errors = found.filter((index) => index % 5 === 0);
  expect(errors).toEqual(numbers(5_000).map((index) => index * 5));
  const { lost } = pipeline.metrics();
  expect(lost).toBeGreaterThan(0);
  expect(found.length + lost).toBe(25_000);
  const { json } = await hub.get('/traces/r1');
  expect(json).toMatchObject({
    complete: 'unknown',
    account: { missing: [{ reason: 'lost', events: lost }] },
  });
});

it('a key that the hub does not know is no end: the events wait until it does', async () => {
  const hub = await startTestHub();
  const { collector, pipeline } = await start({ url: hub.hub.url, key: 'a-key-that-nobody-knows' });
  record(collector, 10);
  expect(await pipeline.flush({ timeoutMs: 500 })).toBe(false);
  expect(pipeline.metrics()).toMatchObject({ sinkDown: 1, rejected: 0 });
  expect(await stored(hub)).toEqual([]);
});

it('an event that is too large for a hub is set aside, and the rest goes on', async () => {
  const hub = await startTestHub();
  const { collector, pipeline } = await start({ url: hub.hub.url });
  record(collector, 10);
  collector.record({
    eventType: 'x',
    component: 'Scheduler',
    attributes: { index: 10 },
    severity: 'Error',
  });
  expect(await pipeline.flush()).toBe(true);
  await eventually(async () => expect(await stored(hub)).toEqual(numbers(11)));
});

it.each<[string, HubSinkOptions, RegExp]>([
  ['no URL', { url: 'hub' }, /sink.hub.url must be an http or https URL; got "hub"/],
  ['another scheme', { url: 'ftp://hub' }, /sink.hub.url must be/],
  [
    'a field that there is not',
    { uri: 'x' } as HubSinkOptions,
    /one of url, key, gzip, timeoutMs, adaptive, errors, dryRun, toggle; got "uri"/,
  ],
  ['a timeout of 0', { timeoutMs: 0 }, /sink.hub.timeoutMs must be an integer from 100/],
  [
    'no key',
    { url: 'http://hub.example', key: undefined },
    /a key of the hub http:\/\/hub.example is needed/,
  ],
])('refuses %s when it starts', async (_, options, message) => {
  vi.stubEnv('AEGIS_HUB_KEY', '');
  await expect(start(options)).rejects.toMatchObject({
    code: 'ERR_TRACE_OPTION',
    message: expect.stringMatching(message),
  });
});
