import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StoreNotice, StoreOptions } from '../../src/store/options.js';
import { loadDriver, type SqlDatabase } from '../../src/store/sqlite/sqlite-driver.js';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.js';

/** A folder of the test's own, removed when it has ended. */
export function makeStoreFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a store that is closed when the test has ended, and collects its notices. */
export async function openStore(
  options: StoreOptions = {},
): Promise<{ store: SqliteStore; notices: StoreNotice[]; path: string }> {
  const notices: StoreNotice[] = [];
  const path = options.path ?? join(makeStoreFolder(), 'observability.db');
  const onNotice = (notice: StoreNotice) => notices.push(notice);
  const store = await SqliteStore.open({ onNotice, ...options, path });
  onTestFinished(() => store.close());
  return { store, notices, path };
}

/** Another connection to a database, closed when the test has ended. */
export async function connect(path: string): Promise<SqlDatabase> {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(path);
  onTestFinished(() => {
    try {
      database.close();
    } catch {
      // The test has closed it.
    }
  });
  return database;
}

/** Lets so much time pass on the clock of a store. */
export async function passTime(path: string, ms: number): Promise<void> {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA busy_timeout = 5000');
  database.prepare('UPDATE store SET clock_ms = clock_ms + ?').run(ms);
  database.close();
}
