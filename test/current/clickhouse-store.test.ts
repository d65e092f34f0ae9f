// The store in a ClickHouse of today, which runs within the process: npm run test:clickhouse-current.
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/store/clickhouse/connection.js';
import { describeEventStore } from '../conformance/event-store.js';
import { clickHouseMaker } from '../support/clickhouse-maker.js';

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

describeEventStore(
  'ClickHouseStore in a current engine',
  clickHouseMaker((database) => `clickhouse://127.0.0.1/${database}`, engine),
);
