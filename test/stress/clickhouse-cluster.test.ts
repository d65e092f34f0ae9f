// The conformance suite on a cluster of Debian's ClickHouse, and the demo over one.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeEventStore } from '../conformance/event-store.js';
import { CLUSTER, TestCluster } from '../support/clickhouse-cluster.js';
import { clickHouseMaker } from '../support/clickhouse-maker.js';
import { hasProgram, requireProgram } from '../support/debian-server.js';
import { makeHubFolder } from '../support/hub.js';

const DEMO = fileURLToPath(new URL('../../scripts/demo/main.mjs', import.meta.url));
const isThere = ['clickhouse-server', 'java'].every(hasProgram);

describe.skipIf(!isThere)('with apt-get install clickhouse-server zookeeper', () => {
  let cluster: TestCluster;
  const endings: (() => unknown)[] = [];
  beforeAll(async () => {
    cluster = await TestCluster.start(2, 2, (end) => void endings.push(end));
  });
  afterAll(async () => {
    for (const end of endings.reverse()) await end();
  });

  describeEventStore(
    'ClickHouseStore on a cluster',
    clickHouseMaker((database) => cluster.urlOf(database), undefined, CLUSTER),
  );
});

it('the demo over a cluster kills its parts in turn, and proves that nothing is missing', async (context) => {
  for (const program of ['clickhouse-server', 'java', 'nginx', 'redis-server']) {
    requireProgram(context, program, program);
  }
  const out = join(makeHubFolder(), 'trace.json');
  const { stdout } = await promisify(execFile)(process.execPath, [DEMO, '--cluster', '--out', out]);
  expect(stdout).toContain('none missing, none twice');
  for (const name of ['a replica of the first shard', 'the first hub', 'Redis']) {
    expect(stdout).toContain(`${name} killed`);
  }
}, 600_000);
