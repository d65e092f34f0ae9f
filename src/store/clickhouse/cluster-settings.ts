import type { ClickHouseSettings } from '@clickhouse/client';
import type { Connection } from './connection.js';
import { quoted } from './literals.js';

/** How long an insert waits for its replicas; then nobody knows what became of it. */
const QUORUM_MS = 5_000;

/**
 * How inserts are made durable, as far as a server can.
 *
 * @param server - of the cluster.
 * @throws ServerError (rejects).
 */
export async function clusterSettings(
  server: Connection,
  cluster: string,
): Promise<{ shard: ClickHouseSettings; state: ClickHouseSettings }> {
  const [row] = await server.rows<Record<'replicas' | 'servers' | 'parallel', string>>(
    'say what its cluster is',
    `SELECT max(replica_num) AS replicas, count() AS servers,
       (SELECT count() FROM system.settings WHERE name = 'insert_quorum_parallel') AS parallel
     FROM system.clusters WHERE cluster = ${quoted(cluster)}`,
  );
  const settingsFor = (copies: number): ClickHouseSettings => ({
    insert_quorum: String(majorityOf(copies)),
    insert_quorum_timeout: QUORUM_MS,
    // Of parallel ones nobody could say whether all of them are there.
    ...(row?.parallel !== '0' && { insert_quorum_parallel: 0 }),
  });
  const state = { ...settingsFor(Number(row?.servers)), select_sequential_consistency: '1' };
  return { shard: settingsFor(Number(row?.replicas)), state };
}

/** So many that two such groups have one of them in common; of one there is no group. */
const majorityOf = (copies: number): number => (copies < 2 ? 0 : Math.floor(copies / 2) + 1);
