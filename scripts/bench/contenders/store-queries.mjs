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
  // Ranges of six hours that begin and end within minutes, of which the rollup knows nothing.
  const range = (i) => ({
    from: oldestWallNs + BigInt(i * 7 + 1) * 1_000_000_000n,
    to: newestWallNs - BigInt(i * 3 + 1) * 1_000_000_000n,
  });
  const percentiles = await times((i) => store.percentiles(PROCESSES[(i * 7) % 20], range(i)));
  const trend = await times((i) => store.trend(range(i), 60));
  const processes = await times((i) => store.processes(range(i)));
  // As a dashboard asks: the newest, the newest that failed, and further pages.
  const requests = await times((i) =>
    store.requests({ ...(i % 2 && { status: 'ERR' }), to: range(i).to }),
  );
  const edges = await times((i) =>
    store.edges({ from: newestWallNs - (HOUR_NS / 60n) * BigInt(1 + (i % 10)) }),
  );
  const after_per_s = await follow(store, events);
  await store.close();
  return {
    events,
    after_per_s,
    page_p95_ms: p95(page),
    search_p95_ms: p95(search),
    search_all_p95_ms: p95(searchAll),
    percentiles_p95_ms: p95(percentiles),
    trend_p95_ms: p95(trend),
    processes_p95_ms: p95(processes),
    requests_p95_ms: p95(requests),
    edges_p95_ms: p95(edges),
  };
}

/** All of it from the start, 1 000 events a page. */
async function follow(store, events) {
  const start = performance.now();
  let read = 0;
  let page;
  do {
    page = await store.after(page?.position, { limit: 1000 });
    read += page.events.length;
  } while (!page.isEnd);
  if (read !== events) throw new Error(`read ${read} of ${events} events`);
  return (read / (performance.now() - start)) * 1000;
}
