// A store on a cluster of Debian's ClickHouse: shards by runs, each with two replicas.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunInfo } from '../../src/event/recorded-event.js';
import { ClickHouseStore } from '../../src/store/clickhouse/clickhouse-store.js';
import { initStore } from '../../src/store/clickhouse/schema.js';
import { shardOf } from '../../src/store/clickhouse/shard-of.js';
import { runCli } from '../support/capture-io.js';
import { CLUSTER, TestCluster } from '../support/clickhouse-cluster.js';
import { expectTraceError } from '../support/collect.js';
import { hasProgram } from '../support/debian-server.js';
import { makeRecorded, makeRun } from '../support/recorded-events.js';

const isThere = ['clickhouse-server', 'java'].every(hasProgram);
const SHARDS = 2;

describe.skipIf(!isThere)('with apt-get install clickhouse-server zookeeper', () => {
  let cluster: TestCluster;
  const endings: (() => unknown)[] = [];
  beforeAll(async () => {
    cluster = await TestCluster.start(SHARDS, 2, (end) => void endings.push(end));
  });
  afterAll(async () => {
    for (const end of endings.reverse()) await end();
  });

  /** A run whose events are in a shard. */
  const runIn = (shard: number): RunInfo => {
    for (let number = 1; ; number++) {
      const run = makeRun({ run: `01234567-0123-7123-8123-${String(number).padStart(12, '0')}` });
      if (shardOf(run.run, SHARDS) === shard) return run;
    }
  };
  const eventsFrom = (first: number) =>
    Array.from({ length: 100 }, (_, index) => makeRecorded(first + index, { requestId: 'r' }));

  it('while a replica is away its shard takes nothing and the others do; then each event is there once', async () => {
    const url = cluster.urlOf('away');
    await initStore(url, { cluster: CLUSTER });
    const store = await ClickHouseStore.open({ url });
    const [one, other] = [runIn(0), runIn(1)];
    await store.append(one, eventsFrom(0));
    const replica = cluster.shards[0]?.[1];
    await replica?.kill();
    // The first finds out, by waiting for it; from then on its keeper knows.
    for (let tries = 0; tries < 2; tries++) {
      const both = [one, other].map((run) => ({ run, events: eventsFrom(100) }));
      const error = await store.appendAll(both).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'ERR_TRACE_STORE',
        results: [undefined, { inserted: tries === 0 ? 100 : 0 }],
      });
    }
    expect((await store.query({ limit: 1, count: true })).total?.count).toBeGreaterThanOrEqual(200);

    await replica?.start();
    // As a sender does.
    for (;;) {
      const result = await store.append(one, eventsFrom(100)).catch(() => undefined);
      if (result === undefined) continue;
      expect(result.inserted + result.duplicates).toBe(100);
      break;
    }
    expect((await store.query({ limit: 1, count: true })).total).toEqual({
      count: 300,
      isExact: true,
    });
    expect((await store.chain('r')).length).toBe(300);
    await store.close();
    // Each replica of a shard has what is of it.
    for (const [shard, replicas] of cluster.shards.entries()) {
      for (const server of replicas) {
        const count = await server.ask('SELECT count() FROM event', 'away_shard');
        expect(count.trim()).toBe(String(shard === 0 ? 200 : 100));
      }
    }
  });

  it('two stores that are given one run in turn, and again, have each event once', async () => {
    const url = cluster.urlOf('killed');
    await initStore(url, { cluster: CLUSTER });
    const run = runIn(0);
    const stores = await Promise.all([1, 2].map(() => ClickHouseStore.open({ url })));
    for (let first = 0; first < 1_000; first += 100) {
      // What each of them appends the other one has to find.
      const [store, next] = first % 200 === 0 ? stores : [...stores].reverse();
      await store?.append(run, eventsFrom(first));
      await next?.append(run, eventsFrom(first), { isRepeated: true });
    }
    expect((await stores[0]?.query({ limit: 1, count: true }))?.total?.count).toBe(1_000);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('is made and shown by the command, and only as it is', async () => {
    const url = cluster.urlOf('shown');
    const made = await runCli(['store', 'init', '--url', url, '--cluster', CLUSTER]);
    expect(made.stdout).toBe(
      'shown: a store of version 2 on the cluster aegis, ClickHouse 18.16.1\n',
    );
    const { stdout } = await runCli(['store', 'status', '--url', url, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ cluster: CLUSTER, version: 2 });
    const other = await runCli(['store', 'init', '--url', url, '--cluster', 'other']);
    expect(other.stderr).toContain('the store in shown is on the cluster aegis');
    // Of each shard a server has to be named.
    const [server] = cluster.servers;
    await expectTraceError(
      () => ClickHouseStore.open({ url: server?.urlOf('shown') as string }),
      'ERR_TRACE_STORE',
      /no server of the shard 2 answers/,
    );
  });
});
