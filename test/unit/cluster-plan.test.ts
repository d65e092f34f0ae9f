import { expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { MEASURED, planCluster } from '../../scripts/lib/cluster-plan.mjs';
// @ts-expect-error: a script without types
import { simulateCluster } from '../../scripts/lib/cluster-simulation.mjs';

const options = {
  eventsPerS: 100_000,
  senders: 100,
  batch: 500,
  hubs: 4,
  shards: 3,
  replicas: 2,
  seconds: 20,
  measured: MEASURED,
};

it('a plan has what its figures say, and twice of it for twice as much', () => {
  const wish = { eventsPerS: 1_000_000, replicas: 3, retentionHours: 24, share: 0.5 };
  const plan = planCluster(wish);
  // 10 000 events take 20 + 40 + 90 ms.
  expect(plan.shardPerS).toBeCloseTo(66_667, 0);
  expect(plan).toMatchObject({ hubs: 50, shards: 30, servers: 90 });
  expect(plan.toHubsGbit).toBeCloseTo(0.568);
  expect(plan.diskTb).toBeCloseTo((82 * 1e6 * 3 * 86_400) / 1e12);
  expect(planCluster({ ...wish, eventsPerS: 2_000_000 })).toMatchObject({ hubs: 100, shards: 60 });
});

it('whatever fails, each batch is acknowledged, and the same each time', () => {
  const failures = [
    { part: 'hub', atS: 3, forS: 4 },
    { part: 'replica', atS: 8, forS: 4 },
  ];
  const result = simulateCluster({ ...options, failures });
  expect(result.acknowledged).toBe(result.made);
  expect(result.made).toBeGreaterThan(3_000);
  expect(result.again).toBeGreaterThan(0);
  expect(simulateCluster({ ...options, failures })).toEqual(result);
});

it('where nothing fails nothing is sent again; of three replicas one may be away, of two none', () => {
  const away = [{ part: 'replica', atS: 5, forS: 5 }];
  expect(simulateCluster(options).again).toBe(0);
  expect(simulateCluster({ ...options, replicas: 3, failures: away }).again).toBe(0);
  const [two, one] = [2, 1].map((replicas) =>
    simulateCluster({ ...options, replicas, failures: replicas === 2 ? away : [] }),
  );
  expect(two?.again).toBeGreaterThan(0);
  expect(two?.p99Ms).toBeGreaterThan(5_000);
  // Without replicas none is waited for.
  expect(one?.p50Ms).toBeLessThan(two?.p50Ms as number);
});
