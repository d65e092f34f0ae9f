// A store in Debian's ClickHouse, which is of 2018: what runs there runs on every server since.
import { afterAll, beforeAll, describe } from 'vitest';
import { describeEventStore } from '../conformance/event-store.js';
import { TestClickHouse } from '../support/clickhouse.js';
import { clickHouseMaker } from '../support/clickhouse-maker.js';
import { hasProgram } from '../support/debian-server.js';

const isThere = hasProgram('clickhouse-server');

describe.skipIf(!isThere)('with apt-get install clickhouse-server', () => {
  let server: TestClickHouse;
  const endings: (() => unknown)[] = [];
  beforeAll(async () => {
    server = await TestClickHouse.start((end) => void endings.push(end));
  });
  afterAll(async () => {
    for (const end of endings.reverse()) await end();
  });

  describeEventStore(
    'ClickHouseStore',
    clickHouseMaker((database) => server.urlOf(database)),
  );
});
