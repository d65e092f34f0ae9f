import type { AlertStore } from '../store/alert-store.js';
import type { EventStore } from '../store/event-store.js';
import type { ProjectStore } from '../store/project-store.js';

/** What a hub keeps, and where. */
export type HubStore = EventStore & ProjectStore & AlertStore;

/** Which store. */
export interface HubStoreInput {
  /** The path of a SQLite database; without meaning with a ClickHouse. */
  readonly database: string;
  /** The URL of a ClickHouse. */
  readonly clickhouse: string | undefined;
  readonly retentionMs: number;
  readonly archive: string | undefined;
  /** The URL of a Redis that hubs with the same ClickHouse share. */
  readonly redis: string | undefined;
}

/**
 * @param onNews - another hub has appended something. Default: nobody is told, and after() is of this store alone.
 * @throws TraceError (rejects) `ERR_TRACE_STORE`, `ERR_TRACE_PEER`.
 */
export async function openHubStore(input: HubStoreInput, onNews?: () => void): Promise<HubStore> {
  const { database, clickhouse, retentionMs, archive, redis } = input;
  if (clickhouse !== undefined) {
    const { ClickHouseStore } = await import('../store/clickhouse/clickhouse-store.js');
    const options = { url: clickhouse, retentionMs };
    if (redis === undefined || onNews === undefined) return ClickHouseStore.open(options);
    const { SharedLog } = await import('./shared/shared-log.js');
    return ClickHouseStore.open(options, {
      openLog: (store) => new SharedLog(redis, store, onNews),
    });
  }
  const { SqliteStore } = await import('../store/sqlite/sqlite-store.js');
  return SqliteStore.open({ path: database, retentionMs, archive });
}
