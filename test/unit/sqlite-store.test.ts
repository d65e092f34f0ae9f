import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { describeEventStore } from '../conformance/event-store.js';
import { passTime } from '../support/store-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'aegis-store-'));
afterAll(() => rmSync(folder, { recursive: true }));
let number = 0;

describeEventStore('SqliteStore', {
  create: () => SqliteStore.open({ path: join(folder, `${number++}.db`) }),
  reopen: async (store) => {
    await store.close();
    return SqliteStore.open({ path: (store as SqliteStore).path });
  },
  crash: async (store) => {
    const { path } = store as SqliteStore;
    const copy = join(folder, `${number++}.db`);
    // What was written is in these two; the third is made from them.
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix);
    await store.close();
    return SqliteStore.open({ path: copy });
  },
  passTime: (store, ms) => passTime((store as SqliteStore).path, ms),
});
