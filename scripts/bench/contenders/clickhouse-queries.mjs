// What pages and chains take, asked of the store as a hub asks it.

import { ClickHouseStore } from 'aegis-trace/store';
import { percentile } from '../statistics.mjs';

const HOUR_NS = 3_600_000_000_000n;
const SEVERITIES = ['Info', 'Error'];

export async function measure({ url, queries }) {
  const store = await ClickHouseStore.open({ url });
  const { oldestWallNs: oldest, newestWallNs: newest } = await store.stats();
  const page = (i) => {
    const from = oldest + (BigInt((i * 37) % 100) * (newest - oldest - HOUR_NS)) / 100n;
    return {
      component: `Component${i % 5}`,
      minSeverity: SEVERITIES[i % 2],
      from,
      to: from + HOUR_NS,
      limit: 50,
    };
  };
  const ids = [];
  for (let i = 0; i < 20; i++) {
    const { from } = page(i);
    const { requests } = await store.requests({ from, to: from + HOUR_NS / 10n, limit: 50 });
    ids.push(...requests.map(({ requestId }) => requestId));
  }
  const p95 = async (ask) => {
    const times = new Float64Array(queries);
    for (let i = 0; i < queries; i++) {
      const start = performance.now();
      await ask(i);
      times[i] = performance.now() - start;
    }
    return percentile(times, 0.95);
  };
  const measured = {
    page_p95_ms: await p95((i) => store.query(page(i))),
    chain_p95_ms: await p95((i) => store.chain(ids[(i * 37) % ids.length])),
  };
  await store.close();
  return measured;
}
