// What a writer feels of a purge: batches of 100 appended between its steps.

import { SqliteStore } from 'aegis-trace/store';
import { percentile } from '../statistics.mjs';
import { makeBatch, makeRun, SPAN_MS } from '../stored-events.mjs';

const BATCH = 100;

/** Removes the oldest `share` of what is there. */
export async function measure({ path, events, share }) {
  const store = await SqliteStore.open({ path, retentionMs: SPAN_MS * (1 - share) });
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
