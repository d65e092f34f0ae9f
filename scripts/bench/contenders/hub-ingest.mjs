// Events that a hub acknowledges: as fast as four senders get them in, and at a steady rate. Bodies are made before the
// clock runs, each of events that nobody has sent before, and what is counted is `inserted`.

import { sendFast } from '../fast-ingest.mjs';
import { HubLoad, startHubProcess } from '../hub-process.mjs';
import { percentile } from '../statistics.mjs';
import { sendSteadily } from '../steady-ingest.mjs';

export async function measure({ folder, more, senders, events, batch, steady }) {
  const hub = await startHubProcess(`${folder}/ingest-${process.pid}.db`, more);
  const load = new HubLoad(hub);
  try {
    const fast = await sendFast([load], { senders, events, batch });
    const { times } = await sendSteadily(load, steady);
    const ingest_p99_ms = percentile(times, 0.99);
    return { ...fast, ingest_p99_ms, start_ms: hub.startMs, rss_mb: hub.rssMb() };
  } finally {
    load.close();
    await hub.stop();
  }
}
