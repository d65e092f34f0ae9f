// Fills a store in ClickHouse, and says what it takes of the disk when its parts are merged.

import { ClickHouseStore } from 'aegis-trace/store';
import { makeBatch, makeRun, SPAN_MS } from '../stored-events.mjs';

const MEGABYTE = 1e6;

export async function measure({ url, events, batch }) {
  const store = await ClickHouseStore.open({ url, retentionMs: 100 * SPAN_MS });
  const run = makeRun();
  const start = performance.now();
  for (let first = 0; first < events; first += batch) {
    await store.append(run, makeBatch(first, batch, events));
  }
  const seconds = (performance.now() - start) / 1000;
  const { bytes } = await store.stats();
  await store.close();
  return { mb_per_million: bytes / MEGABYTE / (events / 1e6), filled_per_s: events / seconds };
}
