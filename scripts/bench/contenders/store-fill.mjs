// Makes the database that the queries are asked of, and says how long each step of a purge holds the
// write lock on a copy of its size.

import { SqliteStore } from 'aegis-trace/store';
import { makeBatch, makeRun, SPAN_MS } from '../stored-events.mjs';

export async function measure({ path, events, batch }) {
  const store = await SqliteStore.open({ path, retentionMs: 100 * SPAN_MS });
  const run = makeRun();
  for (let first = 0; first < events; first += batch) {
    await store.append(run, makeBatch(first, batch, events));
  }
  const { bytes } = await store.stats();
  await store.close();
  return { bytes_per_event: bytes / events };
}
