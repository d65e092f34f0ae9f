// What the run says on the terminal, before and after; lines of at most 80 columns but for the names of files.

import { nearName } from '../files.mjs';
import { UTILISATION_BOUND } from '../scheduler/demand.mjs';
import { count, millis, percent } from '../scheduler/phrases.mjs';
import { clockCostNs, percentile } from '../scheduler/recorder.mjs';

const LABEL_WIDTH = 13;
/** Beyond this part of the shortest deadline, lag decides who is late. */
const LAG_SHARE_MAX = 0.5;
const INDENT = ' '.repeat(2);

/** Each label with its text; further lines of a text stand below the first. */
export function fields(entries) {
  return Object.entries(entries).flatMap(([label, text]) =>
    [text].flat().map((line, row) => INDENT + (row === 0 ? label : '').padEnd(LABEL_WIDTH) + line),
  );
}

/**
 * What is about to run.
 *
 * @param {import('../scheduler/recording.mjs').Run & import('../options.mjs').DemoOptions & { crashMs?: number }} run
 */
export function plan(run) {
  const { workload, sources, cost, workers, capacity, ringBytes, files, sampleRate, crashMs } = run;
  const chosen = ringBytes === undefined ? 'as asked' : 'enough for all of this run';
  const { count: requests, models, arrivalNs, startNs } = workload;
  const spanNs = arrivalNs[requests - 1];
  const end = utc(startNs + BigInt(Math.round(spanNs)));
  return fields({
    workload: [
      ...sources,
      `${plural(requests, 'request')} of ${plural(models.length, 'model')}, ` +
        `${utc(startNs)} to ${end.slice(11)} UTC`,
    ],
    replay: [
      `${round(cost.speed)} times faster: ${seconds(spanNs)} in ${seconds(spanNs / cost.speed)}; ` +
        'times below are replay time',
    ],
    workers: [
      `${plural(workers, 'thread')} for all models, preemptible every ${millis(cost.quantumNs)}`,
    ],
    work: [
      `${millis(1e3 * cost.prefillNs)} per 1,000 context tokens, ` +
        `${millis(1e3 * cost.decodeNs)} per 1,000 generated`,
    ],
    deadline: [`arrival + ${millis(cost.sloBaseNs)} + ${cost.sloStretch} times the predicted work`],
    admission: [
      `utilisation below ${UTILISATION_BOUND} up to every deadline, by predicted work`,
      `plus ${millis(cost.handoffNs)} to hand a request over`,
    ],
    ring: [`${nearName(files.ring)}, ${count(capacity)} events, ${chosen}`],
    database: [`${nearName(files.database)}, written by a thread of its own`],
    monitored: [
      'admit, estimate, demand, place, run and complete, ' +
        (sampleRate === 1 ? 'of every request' : `of ${percent(sampleRate, 1)} of the requests`),
    ],
    ...(crashMs !== undefined && {
      crash: `after ${seconds(1e6 * crashMs)} the process kills itself with SIGKILL`,
    }),
  });
}

/**
 * What came of it.
 *
 * @param {object} run
 * @param {import('../scheduler/scheduler.mjs').Scheduler['counts']} run.counts
 * @param {number} run.elapsedNs
 * @param {number[]} run.lagsNs how late each arrival was seen
 * @param {import('../scheduler/cost-model.mjs').CostModel} run.cost
 * @param {import('../scheduler/recorder.mjs').RecorderReport[]} run.recorders
 * @param {import('aegis-trace').ExportMetadata} run.metadata
 * @param {import('../proof/chain-check.mjs').ChainVerdict} run.verdict
 * @param {{ shown: string, bytes: number, tookNs: number }} run.exported
 * @param {{ shown: string, rows: number, isSame: boolean, writeLagsMs: number[],
 *   metrics: import('aegis-trace/pipeline').PipelineMetrics }} run.store
 * @param {{ shown: string, lines: number }} run.logged
 */
export function result(run) {
  const { counts, elapsedNs, recorders, metadata, verdict, exported, store, logged } = run;
  const { arrived, admitted, rejected, completed, late, preemptions } = counts;
  const timedNs = recorders.flatMap((recorder) => recorder.timedNs);
  const clockNs = clockCostNs();
  const recordCost = (fraction) =>
    `${((percentile(timedNs, fraction) - clockNs) / 1e3).toFixed(1)} µs`;
  return fields({
    requests: `${count(arrived)} in ${seconds(elapsedNs)}`,
    admitted: `${count(admitted)}, rejected ${count(rejected)} (${percent(rejected, arrived)})`,
    completed:
      `${count(completed)}: ${count(completed - late)} on time, ` +
      `${count(late)} late (${percent(late, completed)})`,
    preemptions: count(preemptions),
    lag: lag(run),
    events:
      `${count(metadata.recorded)} recorded by ${recorders.length} threads, ` +
      `${count(metadata.dropped)} dropped; ${count(verdict.calls)} are calls`,
    'record()': [
      `${recordCost(0.5)} median, ${recordCost(0.99)} P99 (${count(timedNs.length)} calls timed in this run,`,
      'most just after a thread woke; npm run bench measures it by itself)',
    ],
    export:
      `${exported.shown}, ${(exported.bytes / 1e6).toFixed(1)} MB ` +
      `in ${seconds(exported.tookNs)}, valid`,
    database: database(store),
    log: `${logged.shown}, ${count(logged.lines)} lines, each of a request of the workload`,
    chains: chains(verdict, counts, metadata),
  });
}

/** A deadline missed because the machine was busy elsewhere is not the scheduler's doing: the reader should know. */
function lag({ lagsNs, cost }) {
  const p99Ns = percentile(lagsNs, 0.99);
  const line = `${millis(percentile(lagsNs, 0.5))} median, ${millis(p99Ns)} P99 from an arrival to its admission test`;
  if (p99Ns < cost.sloBaseNs * LAG_SHARE_MAX) return line;
  const slower = Math.max(1, Math.round(cost.speed / 4));
  return [line, `this machine is too busy for this speed; --speed ${slower} has truer figures`];
}

function database({ shown, rows, isSame, writeLagsMs, metrics }) {
  const same = isSame ? ', each as in the ring' : '';
  const lag = (fraction) => `${count(Math.round(percentile(writeLagsMs, fraction)))} ms`;
  return [
    `${shown}, ${count(rows)} events${same}; ${count(metrics.lost)} lost`,
    `${count(metrics.errors)} errors acknowledged; a batch is committed ${lag(0.5)} after its first`,
    `event (median; ${lag(0.99)} P99)`,
  ];
}

function chains({ admitted, complete, cut }, counts, { dropped }) {
  const whole = `${count(complete)} of ${count(admitted)} complete, from admission to answer, calls included`;
  if (dropped === 0) return whole;
  const gone = count(counts.admitted - admitted);
  return [
    whole,
    `${gone} more were admitted before the oldest event retained: not checked`,
    `(of ${count(cut)} requests the export has only the end)`,
  ];
}

/** Commands to go on with. */
export function whatNext({ out, database, log }, requestId) {
  const [trace, store, lines] = [out, database, log].map(nearName);
  const next = [`summary ${trace}`, `query ${store} --type deadline_miss --limit 5`];
  if (requestId !== undefined) next.push(`chain ${store} ${requestId}`);
  return commands(next, requestId, lines);
}

/** Commands of aegis-trace, and one that shows the log of a request. */
export function commands(next, requestId, log) {
  const lines = next.map((command) => `npx aegis-trace ${command}`);
  if (requestId !== undefined) lines.push(`grep ${requestId} ${log}`);
  return lines.map((command) => INDENT + command);
}

export const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`;
const round = (value) => count(Number(value.toFixed(1)));
export const seconds = (nanos) => `${count(Number((nanos / 1e9).toFixed(nanos < 1e9 ? 2 : 1)))} s`;
const utc = (nanos) =>
  new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ');
