// Two hubs with one ClickHouse and one Redis, all on the same cores.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { startClickHouse } from '../clickhouse-process.mjs';
import { startRedis } from '../redis-process.mjs';
import { measureInRounds } from '../rounds.mjs';

export async function runClusterSuite({ cluster: { rounds, ingest, tail, hot } }) {
  const folder = mkdtempSync(`${tmpdir()}/aegis-bench-`);
  const server = await startClickHouse(folder);
  const { url: redis, stop } = await startRedis();
  try {
    const shared = { folder, redis, clickhouse: await server.store('cluster') };
    const ingestBy = (hubs) => ({
      contender: 'cluster-ingest',
      parameters: { ...shared, hubs, ...ingest },
    });
    const details = await measureInRounds(
      'cluster',
      {
        one: ingestBy(1),
        two: ingestBy(2),
        tail: { contender: 'cluster-tail', parameters: { ...shared, ...tail } },
        hot: { contender: 'cluster-hot', parameters: { ...shared, ...hot } },
      },
      rounds,
    );
    return {
      results: {
        'cluster.tail_p95_ms': details.tail.tail_p95_ms,
        'cluster.hot_ms': details.hot.hot_ms,
        'cluster.hubs_ratio': details.two.events_per_s / details.one.events_per_s,
      },
      details,
    };
  } finally {
    stop();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}
