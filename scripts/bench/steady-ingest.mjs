// Events that come to a hub at a steady rate, whatever its answers take.

import { formatBatch } from '../../dist/wire/batch.js';
import { makeBatch, makeRun } from './stored-events.mjs';

const BATCH = 100;

/**
 * Sends batches of 100 for so many seconds, or until `isDone` says so; each is of events that nobody has sent before.
 * Returns how many were inserted, and how long each answer took, in milliseconds.
 */
export async function sendSteadily(load, { perSecond, seconds, isDone = () => false }) {
  const run = makeRun();
  const total = perSecond * seconds;
  const times = [];
  const pending = [];
  let inserted = 0;
  const start = performance.now();
  for (let sent = 0; sent < total && !isDone(); sent += BATCH) {
    const due = start + (sent * 1_000) / perSecond;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    const body = Buffer.from(formatBatch({ run, events: makeBatch(sent, BATCH, total) }));
    pending.push(
      load.ask('/ingest', body).then(({ text, ms }) => {
        times.push(ms);
        inserted += JSON.parse(text).inserted;
      }),
    );
  }
  await Promise.all(pending);
  return { inserted, times: Float64Array.from(times) };
}
