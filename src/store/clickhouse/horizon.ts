import type { PurgeResult } from '../event-store.js';
import type { Connection } from './connection.js';
import { AGING_TABLES, HOUR_MS } from './schema.js';
import type { StoreClock } from './store-clock.js';

/** How long others may not know what one has purged. */
export const REFRESH_MS = 1_000;

/** Who is asked. */
interface HorizonServers {
  /** Where it is kept. */
  readonly state: Connection;
  /** Who has all events. */
  readonly events: Connection;
  /** Who has the partitions. */
  readonly shards: readonly Connection[];
}

/**
 * Up to which insertion nothing is shown any more. What is before it is gone at once for whoever asks; its disk is given
 * back by whole hours.
 */
export class Horizon {
  readonly #servers: HorizonServers;
  readonly #clock: StoreClock;
  #ms = 0;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(servers: HorizonServers, clock: StoreClock) {
    this.#servers = servers;
    this.#clock = clock;
  }

  /** A condition of events that are there. @throws ServerError (rejects). */
  async visible(): Promise<string> {
    if (performance.now() - this.#readMs >= REFRESH_MS) await this.#refresh();
    return `inserted_ms > ${this.#ms}`;
  }

  /** Events that were ever purged. @throws ServerError (rejects). */
  async purged(): Promise<number> {
    const sql = 'SELECT sum(removed) AS removed FROM horizon';
    const [row] = await this.#servers.state.rows<{ removed: string }>('read what was purged', sql);
    return Number(row?.removed ?? 0);
  }

  /** Purges what was inserted so long ago. @throws ServerError (rejects). */
  async moveTo(olderThanMs: number): Promise<PurgeResult> {
    await this.#refresh();
    const nowMs = this.#clock.now();
    const horizonMs = Math.floor(nowMs - olderThanMs);
    if (horizonMs <= this.#ms) return { removed: 0, isDone: true };
    const [row] = await this.#servers.events.rows<{ n: string }>(
      'count what is old',
      `SELECT count() AS n FROM event WHERE inserted_ms > ${this.#ms} AND inserted_ms <= ${horizonMs}`,
    );
    const removed = Number(row?.n ?? 0);
    if (removed > 0) {
      await this.#servers.state.insert('horizon', {
        columns: ['at_ms', 'horizon_ms', 'removed'],
        rows: `${nowMs}\t${horizonMs}\t${removed}\n`,
      });
      this.#set(horizonMs);
    }
    for (const shard of this.#servers.shards) await this.#dropPartitions(shard);
    return { removed, isDone: true };
  }

  async #dropPartitions(shard: Connection): Promise<void> {
    const names = AGING_TABLES.map((name) => `'${name}'`).join(', ');
    const parts = await shard.rows<{ table: string; partition: string }>(
      'list partitions',
      `SELECT DISTINCT table, partition FROM system.parts
       WHERE database = currentDatabase() AND table IN (${names}) AND active`,
    );
    for (const { table, partition } of parts) {
      const endMs = (Number(partition) + 1) * HOUR_MS - 1;
      if (endMs > this.#ms) continue;
      await shard.command('drop what is old', `ALTER TABLE ${table} DROP PARTITION ${partition}`);
    }
  }

  async #refresh(): Promise<void> {
    const sql = 'SELECT max(horizon_ms) AS ms FROM horizon';
    const [row] = await this.#servers.state.rows<{ ms: string }>('read what was purged', sql);
    this.#set(Math.max(this.#ms, Number(row?.ms ?? 0)));
    this.#readMs = performance.now();
  }

  #set(ms: number): void {
    this.#ms = ms;
    this.#clock.passBy(ms);
  }
}
