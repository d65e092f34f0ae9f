import { setTimeout as sleep } from 'node:timers/promises';
import { TraceError } from '../../errors.js';
import type { Connection } from './connection.js';
import { quoted } from './literals.js';

/** An insert that nobody waits for any more is waited for so long. */
const MAX_MS = 30_000;
/** The same on a cluster, whose other shards would wait as well. */
export const CLUSTER_MAX_MS = 3_000;
const EVERY_MS = 50;

/**
 * Waits until everything that is under way now has ended; what begins meanwhile is of somebody who waits for it.
 *
 * @param list - what is under way.
 * @throws TraceError (rejects) `ERR_TRACE_STORE` when something of it still is after `maxMs`.
 */
export async function settle(
  list: () => Promise<readonly string[]>,
  maxMs = MAX_MS,
): Promise<void> {
  const endMs = performance.now() + maxMs;
  for (let old = await list(); old.length > 0; ) {
    if (performance.now() > endMs) {
      throw new TraceError('ERR_TRACE_STORE', 'an earlier insert still runs');
    }
    await sleep(EVERY_MS);
    const now = await list();
    old = old.filter((name) => now.includes(name));
  }
}

/** The inserts of a server whose name begins so. @throws ServerError (rejects). */
export async function insertsOf(server: Connection, prefix: string): Promise<string[]> {
  const rows = await server.rows<{ query_id: string }>(
    'list its queries',
    `SELECT query_id FROM system.processes WHERE startsWith(query_id, ${quoted(prefix)})`,
  );
  return rows.map(({ query_id: id }) => id);
}
