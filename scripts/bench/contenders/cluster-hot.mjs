// From a request that is made HOT at one hub to the last of its events in the store, which a process sends to another hub.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { HubLoad } from '../hub-process.mjs';
import { makeRequestIds } from '../payload.mjs';
import { startHubs } from '../several-hubs.mjs';
import { percentile } from '../statistics.mjs';
import { GATE_FLAGS } from './gate-record.mjs';

const LOOK_MS = 5;
const worker = fileURLToPath(new URL('../gated-process.mjs', import.meta.url));

export async function measure({ folder, clickhouse, redis, requests, eventsEach, capacity }) {
  const [one, other] = await startHubs(folder, { clickhouse, redis, hubs: 2, more: GATE_FLAGS });
  const load = new HubLoad(one);
  const ids = makeRequestIds(requests);
  const child = fork(worker, [
    JSON.stringify({ url: other.url, key: other.keys.ingest, ids, eventsEach, capacity }),
  ]);
  try {
    await once(child, 'message');
    const times = [];
    for (const id of ids) {
      const start = performance.now();
      await load.post(`/tracing/enable/${id}`);
      for (;;) {
        const { text } = await load.ask(`/traces/${id}?fields=brief`);
        if (JSON.parse(text).items.length >= eventsEach) break;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      times.push(performance.now() - start);
    }
    return { hot_ms: percentile(Float64Array.from(times), 0.95) };
  } finally {
    child.kill('SIGKILL');
    load.close();
    await Promise.all([one.stop(), other.stop()]);
  }
}
