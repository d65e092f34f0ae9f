// Events that a hub acknowledges: as fast as four senders get them in, and at a steady rate. Bodies are made before the
// clock runs, each of events that nobody has sent before, and what is counted is `inserted`.

import { formatBatch } from '../../../dist/wire/batch.js';
import { HubLoad, startHubProcess } from '../hub-process.mjs';
import { percentile } from '../statistics.mjs';
import { sendSteadily } from '../steady-ingest.mjs';
import { makeBatch, makeRun } from '../stored-events.mjs';

const bodyOf = (run, first, count, total) =>
  Buffer.from(formatBatch({ run, events: makeBatch(first, count, total) }));

export async function measure({ folder, more, senders, events, batch, steady }) {
  const hub = await startHubProcess(`${folder}/ingest-${process.pid}.db`, more);
  const load = new HubLoad(hub);
  try {
    const fast = await measureFast(load, { senders, events, batch });
    const { times } = await sendSteadily(load, steady);
    const ingest_p99_ms = percentile(times, 0.99);
    return { ...fast, ingest_p99_ms, start_ms: hub.startMs, rss_mb: hub.rssMb() };
  } finally {
    load.close();
    await hub.stop();
  }
}

async function measureFast(load, { senders, events, batch }) {
  const own = events / senders;
  const queues = Array.from({ length: senders }, () => {
    const run = makeRun();
    return Array.from({ length: own / batch }, (_, index) =>
      bodyOf(run, index * batch, batch, own),
    );
  });
  let inserted = 0;
  const start = performance.now();
  await Promise.all(
    queues.map(async (bodies) => {
      for (const body of bodies) {
        const { text } = await load.ask('/ingest', body);
        inserted += JSON.parse(text).inserted;
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  if (inserted !== events) throw new Error(`inserted ${inserted} of ${events} events`);
  return { events_per_s: inserted / seconds };
}
