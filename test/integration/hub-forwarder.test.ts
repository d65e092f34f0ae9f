// A pipeline with a store of its own and a hub: what is stored is sent from there, once, in order, errors first.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { TraceCollector } from '../../src/index.js';
import { SqliteStore } from '../../src/store/index.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { KEYS, makeHubFolder, startTestHub, type TestHub } from '../support/hub.js';
import { startTestPipeline } from '../support/test-pipeline.js';

const start = (path: string, url: string) =>
  startTestPipeline({ sqlite: { path }, hub: { url, key: KEYS.ingest, timeoutMs: 300 } }, 50_000);

function record(collector: TraceCollector, count: number, from = 0): void {
  for (let index = from; index < from + count; index++) {
    collector.record({
      eventType: 'decided',
      component: 'Scheduler',
      severity: index % 100 === 99 ? 'Error' : 'Info',
      attributes: { index },
    });
  }
}

/** What the database of the hub has, in the order in which it came. */
async function arrived(hub: TestHub): Promise<number[]> {
  const store = await SqliteStore.open({ path: hub.hub.database });
  try {
    const found: number[] = [];
    for (let page = await store.after(); ; page = await store.after(page.position)) {
      found.push(...page.events.map(({ event }) => Number(event.attributes.index)));
      if (page.isEnd) return found;
    }
  } finally {
    await store.close();
  }
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const untilArrived = (hub: TestHub, count: number) =>
  eventually(async () => expect((await hub.get('/stats')).json.events).toBe(count));

it('sends what is stored, with who it is of and what that process says of itself', async () => {
  const hub = await startTestHub();
  const { collector, pipeline } = await start(join(makeHubFolder(), 'own.db'), hub.hub.url);
  record(collector, 3_000);
  expect(await pipeline.flush()).toBe(true);
  await untilArrived(hub, 3_000);
  expect(sorted(await arrived(hub))).toEqual(numbers(3_000));
  await eventually(async () => {
    const [source] = (await hub.get('/stats/sources')).json.items;
    expect(source).toMatchObject({
      service: 'checkout',
      inserted: 3_000,
      recorded: 3_000,
      lost: 0,
    });
  });
});

it('H1: what a hub that is away did not get is sent by the next process, and nothing twice', async () => {
  const hub = await startTestHub();
  const proxy = await FaultProxy.open(() => hub.hub.port);
  onTestFinished(() => proxy.close());
  const url = `http://127.0.0.1:${proxy.port}`;
  const database = join(makeHubFolder(), 'own.db');
  const first = await start(database, url);
  record(first.collector, 1_000);
  await untilArrived(hub, 1_000);
  proxy.set('black_hole');
  record(first.collector, 4_000, 1_000);
  expect(await first.pipeline.flush()).toBe(true);
  expect(await first.pipeline.close()).toBe(true);
  expect((await hub.get('/stats')).json.events).toBe(1_000);

  proxy.set('none');
  await start(database, url);
  await untilArrived(hub, 5_000);
  const order = await arrived(hub);
  expect(sorted(order)).toEqual(numbers(5_000));
  // Errors do not wait for what else is there.
  const late = order.slice(1_000);
  const isError = (index: number) => index % 100 === 99;
  expect(late.findLastIndex(isError)).toBeLessThan(3_000);
  expect((await hub.get('/metrics')).text).toContain('events_duplicate_total 0');
});

it('of two processes with the same database one sends, and the other one when it has ended', async () => {
  const hub = await startTestHub();
  const database = join(makeHubFolder(), 'own.db');
  const [first, second] = [await start(database, hub.hub.url), await start(database, hub.hub.url)];
  record(first.collector, 1_000);
  record(second.collector, 1_000, 1_000);
  await untilArrived(hub, 2_000);
  await first.pipeline.close();
  record(second.collector, 1_000, 2_000);
  await untilArrived(hub, 3_000);
  expect(sorted(await arrived(hub))).toEqual(numbers(3_000));
  expect((await hub.get('/metrics')).text).toContain('events_duplicate_total 0');
  // Each says what it has to say, whoever sends its events.
  await eventually(async () => {
    const { items } = (await hub.get('/stats/sources')).json;
    const said = items.map(({ recorded }: { recorded?: number }) => recorded);
    expect(sorted(said)).toEqual([1_000, 2_000]);
  });
});
