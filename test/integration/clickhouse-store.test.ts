// A store in Debian's ClickHouse, which is of 2018: what runs there runs on every server since.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { ClickHouseStore } from '../../src/store/clickhouse/clickhouse-store.js';
import { initStore } from '../../src/store/clickhouse/schema.js';
import { describeEventStore } from '../conformance/event-store.js';
import { TestClickHouse } from '../support/clickhouse.js';
import { hasProgram } from '../support/debian-server.js';

const isThere = hasProgram('clickhouse-server');

describe.skipIf(!isThere)('with apt-get install clickhouse-server', () => {
  let server: TestClickHouse;
  let passedMs = 0;
  const urls = new WeakMap<object, string>();

  const endings: (() => unknown)[] = [];
  beforeAll(async () => {
    server = await TestClickHouse.start((end) => void endings.push(end));
  });
  afterAll(async () => {
    for (const end of endings.reverse()) await end();
  });

  const open = async (url: string): Promise<ClickHouseStore> => {
    const store = await ClickHouseStore.open(
      { url },
      { passedMs: () => performance.now() + passedMs },
    );
    urls.set(store, url);
    return store;
  };

  describeEventStore('ClickHouseStore', {
    create: async () => {
      const url = server.urlOf(`t${randomUUID().replaceAll('-', '')}`);
      await initStore(url);
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
  });
});
