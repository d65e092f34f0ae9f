// What a hub's answers take over HTTP, on a database that is there, as a dashboard asks.

import { HubLoad, startHubProcess } from '../hub-process.mjs';
import { percentile } from '../statistics.mjs';
import { PROCESSES } from '../stored-events.mjs';

const HOUR_NS = 3_600_000_000_000n;
const SEARCHED = ['memory', 'deadline 9', 'score', 'nowhere'];

export async function measure({ path, queries }) {
  const hub = await startHubProcess(path);
  const load = new HubLoad(hub);
  try {
    const stats = (await load.ask('/stats')).text;
    const nanos = (name) => BigInt(new RegExp(`"${name}":(\\d+)`).exec(stats)[1]);
    const [oldest, newest] = [nanos('oldest_wall_ns'), nanos('newest_wall_ns')];
    const page = (i) => {
      const from = oldest + (BigInt((i * 37) % 100) * (newest - oldest - HOUR_NS)) / 100n;
      const process = PROCESSES[(i * 7) % 20];
      return `/recent?process=${process}&status=${i % 2 ? 'ERR' : 'OK'}&from=${from}&to=${from + HOUR_NS}`;
    };
    const ids = JSON.parse((await load.ask('/correlations?limit=1000')).text).items;
    const p95 = async (pathOf) => {
      const times = new Float64Array(queries);
      for (let i = 0; i < queries; i++) times[i] = (await load.ask(pathOf(i))).ms;
      return percentile(times, 0.95);
    };
    return {
      page_p95_ms: await p95(page),
      search_p95_ms: await p95((i) => `${page(i)}&text=${encodeURIComponent(SEARCHED[i % 4])}`),
      chain_p95_ms: await p95((i) => `/traces/${ids[(i * 37) % ids.length].request_id}`),
    };
  } finally {
    load.close();
    await hub.stop();
  }
}
