// What a writer feels of a purge: batches of 100 appended between its steps.

import { SqliteStore } from 'aegis-trace/store';
import { loadDriver } from '../../../dist/store/sqlite/sqlite-driver.js';
import { percentile } from '../statistics.mjs';
import { makeBatch, makeRun, SPAN_MS } from '../stored-events.mjs';

const BATCH = 100;

/** Removes the oldest `share` of what is there. */
export async function measure({ path, events, share }) {
  await age(path, share);
  const store = await SqliteStore.open({ path, retentionMs: SPAN_MS });
  const anchors = [{ steadyNs: 0n, wallNs: BigInt(Date.now()) * 1_000_000n }];
  const run = { ...makeRun(), anchors };
  let isOver = false;
  const start = performance.now();
  const purge = store.maintain().finally(() => {
    isOver = true;
  });
  const waits = [];
  for (let first = 0; !isOver; first += BATCH) {
    const batch = makeBatch(first, BATCH, events);
    const asked = performance.now();
    await new Promise(setImmediate);
    await store.append(run, batch);
    waits.push(performance.now() - asked);
  }
  const { removed } = await purge;
  const ms = performance.now() - start;
  await store.close();
  return {
    removed,
    purged_per_s: (removed / ms) * 1000,
    writer_p99_ms: percentile(waits, 0.99),
    writer_max_ms: Math.max(...waits),
  };
}

/** Makes the first `share` of the events as old as two retentions, and the rest new. */
async function age(path, share) {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(path);
  const { id } = database.prepare('SELECT max(id) AS id FROM event').get();
  const now = 2 * SPAN_MS;
  database.exec(`UPDATE store SET clock_ms = ${now}; DELETE FROM insertion;
    INSERT INTO insertion VALUES (1, 0), (${Math.ceil(share * id)}, ${now})`);
  database.close();
}
