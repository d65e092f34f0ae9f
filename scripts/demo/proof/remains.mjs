// What a run that was killed has left: in its ring, its database, its spill, and the files in which it kept count.

import { readExport, recoverRingToJson, TraceCollector, validateExport } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
import { ScriptError } from '../../lib/run.mjs';
import { ChainCheck } from './chain-check.mjs';
import { lastFlush, readJournal } from './journal.mjs';
import { compareDatabase, EventDigests } from './store-check.mjs';

/** For what the dead process may have spilled. */
const TAKE_IN_TIMEOUT_MS = 60_000;

/**
 * Recovers and reads everything. To be called again as often as one likes: nothing of it goes by being read.
 *
 * @param {import('../files.mjs').RunFiles} files
 * @param {number} sampleRate share of requests of which calls were recorded
 */
export async function readRemains(files, sampleRate) {
  const trace = await recoverTrace(files, sampleRate);
  const taken = await takeInSpill(files);
  return {
    trace,
    taken,
    stored: await compareDatabase(files.database, trace.kept),
    returned: readJournal(files.returned),
    flushed: lastFlush(files.flushed),
  };
}

/** @typedef {Awaited<ReturnType<typeof readRemains>>} Remains */

/** Recovers the ring into an export, and reads that as any other. */
async function recoverTrace({ ring, out }, sampleRate) {
  const startMs = performance.now();
  await recoverRingToJson(ring, out);
  const tookNs = 1e6 * (performance.now() - startMs);
  const { valid, problems, metadata } = await validateExport(out);
  if (!valid || metadata === undefined) {
    throw new ScriptError(`what was recovered is not valid: ${problems[0]?.message}`);
  }
  const check = new ChainCheck(metadata, sampleRate);
  const kept = new EventDigests();
  let endNs = 0n;
  for await (const event of readExport(out)) {
    check.add(event);
    kept.add(event);
    // A call is recorded when it ends.
    const { eventType, timestampNs, durationNs } = event;
    const atNs = eventType === 'function_call' ? timestampNs + durationNs : timestampNs;
    if (atNs > endNs) endNs = atNs;
  }
  return { metadata, verdict: check.verdict(), kept, endNs, tookNs };
}

/** What a service does when it starts again: its pipeline takes in the errors that the dead one had spilled. */
async function takeInSpill({ database, spill }) {
  const collector = new TraceCollector({ capacity: 1 });
  const pipeline = await startPipeline({
    collector,
    sink: { sqlite: { path: database } },
    spillDirectory: spill,
    metricsEventIntervalMs: 0,
  });
  const isStored = await pipeline.close({ timeoutMs: TAKE_IN_TIMEOUT_MS });
  collector.close();
  if (!isStored) throw new ScriptError('the spill of the dead process could not be taken in');
  return pipeline.metrics().recovered;
}
