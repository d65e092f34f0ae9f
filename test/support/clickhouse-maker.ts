import { randomUUID } from 'node:crypto';
import { ClickHouseStore } from '../../src/store/clickhouse/clickhouse-store.js';
import type { Engine } from '../../src/store/clickhouse/connection.js';
import { initStore } from '../../src/store/clickhouse/schema.js';
import type { StoreMaker } from '../conformance/event-store.js';

/**
 * A store in a database of its own for each test.
 *
 * @param urlOf - the URL of a database.
 * @param engine - what answers instead of a server.
 * @param cluster - on which it is made.
 */
export function clickHouseMaker(
  urlOf: (database: string) => string,
  engine?: Engine,
  cluster?: string,
): StoreMaker {
  const urls = new WeakMap<object, string>();
  let passedMs = 0;
  const open = async (url: string): Promise<ClickHouseStore> => {
    const internals = { passedMs: () => performance.now() + passedMs, ...(engine && { engine }) };
    const store = await ClickHouseStore.open({ url }, internals);
    urls.set(store, url);
    return store;
  };
  return {
    create: async () => {
      const url = urlOf(`t${randomUUID().replaceAll('-', '')}`);
      await initStore(url, { engine, cluster });
      return open(url);
    },
    reopen: async (store) => {
      await store.close();
      return open(urls.get(store) as string);
    },
    crash: (store) => open(urls.get(store) as string),
    passTime: async (_store, ms) => {
      passedMs += ms;
    },
    without: ['following'],
  };
}
