// How long pages, searches and percentiles take, on a database that is there: each with another
// process, another hour and another status, as a dashboard asks.

import { SqliteStore } from 'aegis-trace/store';
import { percentile } from '../statistics.mjs';
import { PROCESSES, SPAN_MS } from '../stored-events.mjs';

const HOUR_NS = 3_600_000_000_000n;
const SEARCHED = ['memory', 'deadline 9', 'score', 'nowhere'];

export async function measure({ path, queries }) {
  const store = await SqliteStore.open({ path, retentionMs: 100 * SPAN_MS });
  const { oldestWallNs, newestWallNs, events } = await store.stats();
  const spanNs = newestWallNs - oldestWallNs;
  const filter = (i) => {
    const from = oldestWallNs + (BigInt((i * 37) % 100) * (spanNs - HOUR_NS)) / 100n;
    return { from, to: from + HOUR_NS, process: PROCESSES[(i * 7) % 20] };
  };
  const status = (i) => (i % 2 === 0 ? 'OK' : 'ERR');
  const times = async (ask) => {
    const samples = new Float64Array(queries);
    for (let i = 0; i < queries; i++) {
      const start = performance.now();
      const answer = await ask(i);
      samples[i] = performance.now() - start;
      if (answer === undefined) throw new Error('no answer');
    }
    return samples;
  };
  const p95 = (samples) => percentile(samples, 0.95);
  const page = await times((i) => store.query({ ...filter(i), status: status(i) }));
  const search = await times((i) =>
    store.query({ ...filter(i), status: status(i), text: SEARCHED[i % SEARCHED.length] }),
  );
  // The worst of all: nothing limits what is looked at, and nothing is found.
  const searchAll = await times(() => store.query({ text: 'nowhere' }));
  const percentiles = await times((i) => {
    const { process, ...range } = filter(i);
    return store.percentiles(process, range);
  });
  await store.close();
  return {
    events,
    page_p95_ms: p95(page),
    search_p95_ms: p95(search),
    search_all_p95_ms: p95(searchAll),
    percentiles_p95_ms: p95(percentiles),
  };
}
