// The store in a ClickHouse of today, which runs within the process: npm run test:clickhouse-current.
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseStore } from '../../src/store/clickhouse/clickhouse-store.js';
import type { Engine } from '../../src/store/clickhouse/connection.js';
import { initStore } from '../../src/store/clickhouse/schema.js';
import { describeEventStore } from '../conformance/event-store.js';

const require = createRequire(new URL('../../build/clickhouse-current/', import.meta.url));
const { createChdbConnection } = require('chdb/connection') as {
  createChdbConnection(options: { path: string }): {
    command(params: { query: string }): Promise<unknown>;
  };
};

const path = mkdtempSync(join(tmpdir(), 'aegis-chdb-'));
/** Connections of a process have one current database in common: each call is made in its own, one after the other. */
let last: Promise<unknown> = Promise.resolve();
const engine: Engine = (database) => {
  const connection = createChdbConnection({ path });
  return new Proxy(connection, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      if (!['query', 'insert', 'command', 'exec'].includes(String(name)))
        return member.bind(target);
      return (...args: unknown[]) => {
        const made = last.then(async () => {
          await target.command({ query: `USE ${database}` });
          return member.apply(target, args);
        });
        last = made.catch(() => undefined);
        return made;
      };
    },
  });
};
const urls = new WeakMap<object, string>();
let passedMs = 0;

async function open(url: string): Promise<ClickHouseStore> {
  const store = await ClickHouseStore.open(
    { url },
    { passedMs: () => performance.now() + passedMs, engine },
  );
  urls.set(store, url);
  return store;
}

describeEventStore('ClickHouseStore in a current engine', {
  create: async () => {
    const url = `clickhouse://127.0.0.1/t${randomUUID().replaceAll('-', '')}`;
    await initStore(url, engine);
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
