// Events that nobody has sent before, in bodies that are made before the clock runs.

import { formatBatch } from '../../dist/wire/batch.js';
import { makeBatch, makeRun } from './stored-events.mjs';

const bodyOf = (run, first, count, total) =>
  Buffer.from(formatBatch({ run, events: makeBatch(first, count, total) }));

/**
 * Sends events to hubs, as fast as so many senders get them in, which take turns with the hubs. Returns how many were
 * inserted in a second.
 */
export async function sendFast(loads, { senders, events, batch }) {
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
    queues.map(async (bodies, sender) => {
      for (const body of bodies) {
        const { text } = await loads[sender % loads.length].ask('/ingest', body);
        inserted += JSON.parse(text).inserted;
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  if (inserted !== events) throw new Error(`inserted ${inserted} of ${events} events`);
  return { events_per_s: inserted / seconds };
}
