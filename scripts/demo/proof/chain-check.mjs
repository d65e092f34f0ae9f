// Proves from an export that the chain of every admitted request is whole: nothing missing, nothing twice, in order.

import { short } from '../scheduler/phrases.mjs';
import { CallCheck } from './call-check.mjs';

/** What may happen to a request in which state, and what state that leads to. `same` leaves it. */
const STEPS = {
  admission_result: { from: ['new'], to: 'waiting' },
  scheduling_decision: { from: ['waiting'], to: 'running' },
  work_quantum: { from: ['running'], to: 'running' },
  preemption: { from: ['running'], to: 'waiting' },
  work_finished: { from: ['running'], to: 'finished' },
  deadline_miss: { from: ['waiting', 'running', 'finished'], to: 'same' },
  completion: { from: ['finished'], to: 'completed' },
};
const PROBLEMS_SHOWN_MAX = 5;
/** The component of what the pipeline says of itself, such as that the database was locked for a while. */
const PIPELINE = 'aegis.pipeline';

/**
 * @typedef {object} ChainVerdict
 * @property {number} admitted requests whose admission is in the export
 * @property {number} complete of these
 * @property {number} late of these
 * @property {number} rejected
 * @property {number} cut requests that began before the oldest event retained: only possible when some were dropped
 * @property {number} calls monitored calls in the export
 * @property {number} openCalls calls that were under way when the process was killed
 * @property {RequestInFlight[]} inFlight requests admitted and not answered when it was
 * @property {number} own events of the pipeline itself
 * @property {number} problemCount
 * @property {string[]} problems the first few
 */

/**
 * @typedef {object} RequestInFlight
 * @property {string} requestId
 * @property {string} modelId
 * @property {'waiting' | 'running' | 'finished'} state
 * @property {string | undefined} worker that had it last
 * @property {boolean} isLate
 * @property {bigint} sinceNs its admission
 * @property {bigint} atNs its last decision
 * @property {number} events
 */

/** Takes the events of an export in the order of the file, which is the order of recording. */
export class ChainCheck {
  /** @type {Map<string, any>} */
  #chains = new Map();
  #isCutAllowed;
  #isSampled;
  #isKilled;
  #own = 0;
  #problemCount = 0;
  #problems = [];

  /**
   * @param {Pick<import('aegis-trace').ExportMetadata, 'dropped' | 'recovered'>} metadata of the export: drops take the
   * oldest events, so a chain may lack its head; of a ring that nobody closed, it may lack its end
   * @param {number} sampleRate share of requests of which calls are recorded
   */
  constructor({ dropped, recovered }, sampleRate = 1) {
    this.#isCutAllowed = dropped > 0;
    this.#isKilled = recovered?.closedWallNs === 0n;
    this.#isSampled = sampleRate < 1;
  }

  /** @param {import('aegis-trace').TraceEvent} event */
  add(event) {
    if (event.component === PIPELINE) {
      this.#own++;
      return;
    }
    const chain = this.#chains.get(event.requestId) ?? this.#begin(event);
    chain.events++;
    if (event.eventType === 'function_call') {
      chain.calls.add(event);
      return;
    }
    chain.calls.expect(event.eventType);
    if (chain.state === 'new' && this.#isCutAllowed && event.eventType !== 'admission_result') {
      chain.state = 'cut';
    }
    if (chain.state === 'cut' || chain.state === 'broken') return;
    const problem = advance(chain, event);
    if (problem === undefined) return;
    this.#problem(event.requestId, problem);
    chain.state = 'broken';
  }

  /** @returns {ChainVerdict} */
  verdict() {
    const counts = { admitted: 0, complete: 0, late: 0, rejected: 0, cut: 0, calls: 0 };
    const verdict = { ...counts, openCalls: 0, own: this.#own, inFlight: [] };
    for (const [requestId, chain] of this.#chains) {
      const { state, isLate, calls } = chain;
      verdict.calls += calls.count;
      verdict.openCalls += calls.openCount;
      // Only calls are left of it: the ring has dropped every decision.
      const isCut = state === 'cut' || (state === 'new' && this.#isCutAllowed);
      const problem =
        calls.treeProblem() ?? (isCut ? undefined : calls.countProblem(this.#isSampled));
      if (problem !== undefined && state !== 'broken') this.#problem(requestId, problem);
      if (isCut) verdict.cut++;
      if (state === 'rejected') verdict.rejected++;
      if (state === 'rejected' || isCut) continue;
      // Killed while it was being admitted.
      if (state === 'new' && this.#isKilled && problem === undefined) continue;
      verdict.admitted++;
      if (isLate) verdict.late++;
      if (state === 'completed' && problem === undefined) verdict.complete++;
      else if (state !== 'broken' && problem === undefined) {
        if (this.#isKilled) verdict.inFlight.push(inFlight(requestId, chain));
        else this.#problem(requestId, `ends ${state}, not completed`);
      }
    }
    return { ...verdict, problemCount: this.#problemCount, problems: this.#problems };
  }

  #begin({ requestId, modelId }) {
    const calls = new CallCheck(this.#isKilled);
    const chain = { state: 'new', modelId, atNs: undefined, workNs: 0n, isLate: false, calls };
    chain.events = 0;
    this.#chains.set(requestId, chain);
    return chain;
  }

  #problem(requestId, text) {
    if (this.#problemCount++ < PROBLEMS_SHOWN_MAX) {
      this.#problems.push(`request ${short(requestId)} ${text}`);
    }
  }
}

function inFlight(requestId, { modelId, state, worker, isLate, sinceNs, atNs, events }) {
  return { requestId, modelId, state, worker, isLate, sinceNs, atNs, events };
}

/** Takes the next event of a chain. @returns what is wrong with it, or undefined */
function advance(chain, event) {
  const step = STEPS[event.eventType];
  if (step === undefined) return `has an unknown event ${event.eventType}`;
  if (!step.from.includes(chain.state)) return `has ${event.eventType} while it is ${chain.state}`;
  if (chain.atNs !== undefined && event.timestampNs < chain.atNs) {
    return `has ${event.eventType} before the event recorded ahead of it`;
  }
  chain.atNs = event.timestampNs;
  chain.sinceNs ??= event.timestampNs;
  chain.modelId = event.modelId;
  const problem = CHECKS[event.eventType]?.(chain, event.attributes, event.timestampNs);
  // A check may know better: a rejection ends the chain.
  if (step.to !== 'same' && chain.state !== 'rejected') chain.state = step.to;
  return problem;
}

/** What must agree between the events of a chain. */
const CHECKS = {
  admission_result(chain, { result, deadline_ns }) {
    if (result === 'rejected') chain.state = 'rejected';
    else if (result !== 'admitted') return `was ${result}, neither admitted nor rejected`;
    chain.deadline = deadline_ns;
    return undefined;
  },
  scheduling_decision(chain, { worker, deadline_ns }) {
    chain.worker = worker;
    return sameDeadline(chain, deadline_ns);
  },
  work_quantum(chain, { worker, work_ns, done_ns }) {
    chain.workNs += BigInt(work_ns);
    if (BigInt(done_ns) !== chain.workNs)
      return `counts ${done_ns} ns of work; sum ${chain.workNs}`;
    return sameWorker(chain, worker);
  },
  preemption: (chain, { worker }) => sameWorker(chain, worker),
  work_finished: (chain, { worker }) => sameWorker(chain, worker),
  deadline_miss(chain, { deadline_ns }, timestampNs) {
    if (chain.isLate) return 'missed its deadline twice';
    chain.isLate = true;
    if (timestampNs <= BigInt(deadline_ns)) return 'missed its deadline before it had passed';
    return sameDeadline(chain, deadline_ns);
  },
  completion(chain, { result, deadline_ns, slack_ns, work_ns }) {
    if (BigInt(work_ns) !== chain.workNs) return `got ${chain.workNs} ns of work; needs ${work_ns}`;
    if ((result === 'late') !== chain.isLate)
      return `completed ${result} against its deadline_miss`;
    if (BigInt(slack_ns) < 0n !== chain.isLate) return `completed ${result} with slack ${slack_ns}`;
    return sameDeadline(chain, deadline_ns);
  },
};

const sameWorker = (chain, worker) =>
  worker === chain.worker
    ? undefined
    : `was given to worker ${chain.worker}; worker ${worker} has it`;

const sameDeadline = (chain, deadline) =>
  deadline === chain.deadline
    ? undefined
    : `changed its deadline from ${chain.deadline} to ${deadline}`;

/**
 * What the threads counted against what the export shows; empty when both tell the same story.
 *
 * @param {ChainVerdict} verdict
 * @param {{ counts: { admitted: number, rejected: number, late: number },
 *   recorders: { calls: number, failures: number }[] }} ran what the scheduler and the recorder of each thread counted
 * @param {import('aegis-trace').ExportMetadata} metadata
 */
export function accountProblems(verdict, { counts, recorders }, metadata) {
  const problems = [];
  const expect = (what, found, expected) => {
    if (found !== expected)
      problems.push(`${what}: the run counted ${expected}, the export ${found}`);
  };
  const sum = (name) => recorders.reduce((total, recorder) => total + recorder[name], 0);
  expect('events recorded', metadata.recorded - (verdict.own ?? 0), sum('calls'));
  if (sum('failures') > 0) problems.push(`${sum('failures')} calls could not be recorded`);
  expect('events rejected', metadata.rejected, 0);
  expect('events truncated', metadata.truncated, 0);
  if (metadata.dropped === 0) {
    expect('requests admitted', verdict.admitted, counts.admitted);
    expect('requests rejected', verdict.rejected, counts.rejected);
    expect('requests late', verdict.late, counts.late);
  } else if (verdict.complete === 0 && counts.admitted > 0) {
    problems.push('the ring is too small to hold one whole chain; nothing could be checked');
  }
  return problems;
}
