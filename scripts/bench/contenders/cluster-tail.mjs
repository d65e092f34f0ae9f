// From record() to a client of one hub's stream, through another hub.

import { startHubs } from '../several-hubs.mjs';
import { measureTail } from '../tail.mjs';

export async function measure({ folder, clickhouse, redis, ...rate }) {
  const [one, other] = await startHubs(folder, { clickhouse, redis, hubs: 2 });
  try {
    const sink = { hub: { url: one.url, key: one.keys.ingest } };
    return { tail_p95_ms: await measureTail(other, sink, rate) };
  } finally {
    await Promise.all([one.stop(), other.stop()]);
  }
}
