// What a run records with: the ring in a file, and the pipeline that writes it to the database.

import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
import { ScriptError } from '../../lib/run.mjs';
import { CAPACITY_MAX, SPEED_DEFAULT } from '../options.mjs';
import { costModel, eventsExpectedMax } from './cost-model.mjs';
import { mergeWorkload } from './workload.mjs';
import { readWorkloadFile } from './workload-csv.mjs';
import { generateWorkload } from './workload-generated.mjs';

/** An event of a run takes about 270; room for longer ones. The file of the ring takes all of it at once. */
const EVENT_BYTES = 320;
/** More than 64 workers and the scheduler need for a chunk each. */
const RING_BYTES_MIN = 16 * 2 ** 20;
const LAG_SAMPLE_INTERVAL_MS = 50;

/**
 * @typedef {object} Run what is to be replayed, and how
 * @property {import('./workload.mjs').Workload} workload
 * @property {string[]} sources where it comes from
 * @property {import('./cost-model.mjs').CostModel} cost
 * @property {number} replayNs from the first arrival to the last, in replay time
 * @property {number} capacity of the ring
 * @property {number | undefined} ringBytes
 */

/**
 * @param {import('../options.mjs').DemoOptions} options
 * @returns {Promise<Run>}
 */
export async function prepareRun(options) {
  const { workload, sources } = await loadWorkload(options);
  const { arrivalNs, count } = workload;
  const spanNs = arrivalNs[count - 1];
  const cost = costModel(speedOf(options, spanNs));
  const enough = Math.min(eventsExpectedMax(cost, workload), CAPACITY_MAX);
  return {
    workload,
    sources,
    cost,
    replayNs: spanNs / cost.speed,
    capacity: options.capacity ?? enough,
    ringBytes:
      options.capacity === undefined ? Math.max(EVENT_BYTES * enough, RING_BYTES_MIN) : undefined,
  };
}

async function loadWorkload({ workloadFiles, seed }) {
  if (workloadFiles.length === 0) {
    const source = `generated from seed ${seed}`;
    return { workload: mergeWorkload(generateWorkload(seed), source), sources: [source] };
  }
  const models = await Promise.all(workloadFiles.map(readWorkloadFile));
  return { workload: mergeWorkload(models), sources: workloadFiles };
}

function speedOf({ speed, seconds }, spanNs) {
  return seconds === undefined || spanNs === 0 ? (speed ?? SPEED_DEFAULT) : spanNs / 1e9 / seconds;
}

/**
 * When a run is to crash.
 *
 * @param {import('../options.mjs').DemoOptions} options
 * @param {Run} run
 * @returns {number} milliseconds after the start of the replay
 * @throws ScriptError with exit code 2 when it would be over by then.
 */
export function crashAfterMs({ crashSeconds }, { replayNs }) {
  const afterMs = crashSeconds === undefined ? replayNs / 2e6 : 1e3 * crashSeconds;
  if (afterMs < replayNs / 1e6) return afterMs;
  const expected = `--crash must be before the end of the replay, ${(replayNs / 1e9).toFixed(2)} s`;
  throw new ScriptError(`${expected}; got "${crashSeconds ?? ''}"`, { exitCode: 2 });
}

/**
 * Opens the ring and starts the pipeline on it. From here on the threads record as if there were neither file nor
 * database.
 *
 * @param {import('../files.mjs').RunFiles} files
 * @param {Run} run
 */
export async function openRecording({ ring, database, spill }, { capacity, ringBytes }) {
  try {
    // The ring of the run before is kept: it may be of one that crashed.
    const collector = new TraceCollector({
      capacity,
      maxBytes: ringBytes,
      file: ring,
      keepFiles: 1,
    });
    const pipeline = await startPipeline({
      collector,
      sink: { sqlite: { path: database } },
      spillDirectory: spill,
      // Nothing is at risk before the ring is full of what was not read.
      queueWarningThreshold: Math.ceil(capacity / 2),
      // The events of the run are to be its own.
      metricsEventIntervalMs: 0,
    });
    return { collector, pipeline };
  } catch (cause) {
    throw new ScriptError(`cannot record: ${cause.message}`, { cause });
  }
}

/**
 * Looks at each batch while the run goes on.
 *
 * @param {import('aegis-trace/pipeline').Pipeline} pipeline
 * @returns {() => number[]} ends that; milliseconds from the oldest event of a batch to its commit
 */
export function watchWriteLag(pipeline) {
  const lagsMs = [];
  let seen = 0;
  const timer = setInterval(() => {
    const { batches, writeLagMs } = pipeline.metrics();
    if (batches > seen) lagsMs.push(writeLagMs);
    seen = batches;
  }, LAG_SAMPLE_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    return lagsMs;
  };
}
