// What is said about a crash; lines of at most 100 columns but for the names of files.

import { nearName } from '../files.mjs';
import { count, millis, short } from '../scheduler/phrases.mjs';
import { commands, fields, plural, seconds } from './report.mjs';

const REQUESTS_SHOWN_MAX = 8;

/**
 * Where each request was, those on a worker first.
 *
 * @param {import('../proof/chain-check.mjs').RequestInFlight[]} requests
 * @param {bigint} endNs of the ring
 */
export function inFlightLines(requests, endNs) {
  if (requests.length === 0) return ['  none: each was answered or turned away'];
  const rows = inOrder(requests).slice(0, REQUESTS_SHOWN_MAX);
  const more = requests.length - rows.length;
  const width = Math.max('model'.length, ...rows.map(({ modelId }) => modelId.length));
  const line = (id, model, where, since, last) =>
    `  ${id.padEnd(8)}  ${model.padEnd(width)}  ${where.padEnd(22)}${since.padStart(16)}${last.padStart(16)}`;
  const ago = (atNs) => `${millis(Number(endNs - atNs))} ago`;
  return [
    line('request', 'model', 'where', 'admitted', 'last decision'),
    ...rows.map((request) => {
      const { requestId, modelId, sinceNs, atNs } = request;
      return line(short(requestId), modelId, whereabouts(request), ago(sinceNs), ago(atNs));
    }),
    ...(more > 0 ? [`  and ${count(more)} more`] : []),
  ];
}

const ORDER = ['running', 'finished', 'waiting'];
const inOrder = (requests) =>
  requests.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));

function whereabouts({ state, worker, isLate }) {
  const late = isLate ? ', late' : '';
  if (state === 'running') return `on worker ${worker}${late}`;
  return state === 'finished' ? `finished, unanswered${late}` : `waiting${late}`;
}

/**
 * What came through a crash. To be said only when crashProblems() has none.
 *
 * @param {import('../proof/remains.mjs').Remains & { run: import('../scheduler/recording.mjs').Run, files: import('../files.mjs').RunFiles,
 *   death: { pid: number, afterMs: number }, log: { lines: number, requests: number } }} found
 */
export function left({ trace, taken, stored, returned, flushed, death, run, files, log }) {
  const { metadata, verdict, kept, tookNs } = trace;
  const more = metadata.recorded - verdict.own - returned.length;
  const waiting = kept.errors - stored.errors;
  return fields({
    crash:
      `process ${death.pid} killed itself with SIGKILL, ` +
      `${seconds(1e6 * death.afterMs)} into a replay of ${seconds(run.replayNs)}`,
    ring: [
      `${nearName(files.ring)}, ${count(kept.size)} events recovered in ${seconds(tookNs)}, ` +
        `0 torn, ${count(metadata.dropped)} dropped`,
    ],
    'record()': [
      `had returned ${count(returned.length)} times by the run's own journal: ` +
        (metadata.dropped > 0 ? 'what was not dropped' : 'all of that is there'),
      ...(metadata.dropped > 0 ? ['by design is there'] : []),
      ...(more > 0 ? [`(${plural(more, 'more event')}, of a call that was about to return)`] : []),
    ],
    chains:
      `${count(verdict.complete)} answered, ${count(verdict.inFlight.length)} in flight, ` +
      `${count(verdict.rejected)} rejected; none has a gap`,
    database: [
      `${nearName(files.database)}, ${count(stored.rows)} events, each as in the ring; integrity ok`,
      `acknowledged before: ${count(flushed.events)} events, ${plural(flushed.errors, 'error')}; ` +
        'all of them are there',
      `not yet written: ${count(stored.missing)} events, ${plural(Math.max(0, waiting), 'error')}; ` +
        'the ring has them',
    ],
    spill:
      taken === 0
        ? 'empty: the errors that waited for their commit had room in memory'
        : `${plural(taken, 'error')} taken into the database`,
    log: logged(log, verdict, files),
  });
}

/** The log is buffered, as logs are. */
function logged({ lines, requests }, { admitted, rejected, cut }, { log }) {
  const line = `${nearName(log)}, ${count(lines)} lines`;
  const silent = admitted + rejected + cut - requests;
  if (silent <= 0) return line;
  return `${line}; of the last ${plural(silent, 'request')} it knows nothing`;
}

/** Commands to go on with. */
export function nextAfterCrash({ out, ring, database, log }, requestId) {
  const [file, store] = [ring, database].map(nearName);
  const next = [`summary ${file}`, `recover ${file} --out ${nearName(out)}`];
  if (requestId !== undefined) next.push(`chain ${file} ${requestId}`);
  next.push(`query ${store} --type deadline_miss --limit 5`);
  return commands(next, requestId, nearName(log));
}
