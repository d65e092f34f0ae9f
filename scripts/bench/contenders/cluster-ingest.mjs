// Events that one hub acknowledges, and two with the same store: the same senders, of which each keeps to one hub.

import { sendFast } from '../fast-ingest.mjs';
import { HubLoad } from '../hub-process.mjs';
import { startHubs } from '../several-hubs.mjs';

export async function measure({ folder, clickhouse, redis, hubs, warmUp, ...ingest }) {
  const started = await startHubs(folder, { clickhouse, redis, hubs });
  const loads = started.map((hub) => new HubLoad(hub));
  try {
    // Two have twice as much to compile.
    await sendFast(loads, { ...ingest, events: warmUp });
    return await sendFast(loads, ingest);
  } finally {
    for (const load of loads) load.close();
    await Promise.all(started.map((hub) => hub.stop()));
  }
}
