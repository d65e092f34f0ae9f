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
}

/** @throws TraceError (rejects) `ERR_TRACE_STORE`, `ERR_TRACE_PEER`. */
export async function openHubStore(input: HubStoreInput): Promise<HubStore> {
  const { database, clickhouse, retentionMs, archive } = input;
  if (clickhouse !== undefined) {
    const { ClickHouseStore } = await import('../store/clickhouse/clickhouse-store.js');
    return ClickHouseStore.open({ url: clickhouse, retentionMs });
  }
  const { SqliteStore } = await import('../store/sqlite/sqlite-store.js');
  return SqliteStore.open({ path: database, retentionMs, archive });
}
