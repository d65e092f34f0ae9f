// The events the scheduler records: what is decided, why, and the facts behind it. Wording lives here, policy in
// scheduler.mjs.

import { UTILISATION_BOUND } from './demand.mjs';
import { count, millis, short } from './phrases.mjs';

/** At the moment a deadline passes. */
function whereabouts(job) {
  if (job.doneNs === job.workNs) return 'just finished';
  return job.worker < 0 ? 'waiting' : `on worker ${job.worker + 1}`;
}

const byWorker = (worker) => `Worker ${worker + 1}`;

/**
 * Writes the decisions of one scheduler into a recorder. None names its request: each is taken in the operation of the
 * request, and that is where the recorder finds the id.
 */
export class Decisions {
  #recorder;
  #originNs;
  #workers;

  /**
   * @param {import('./recorder.mjs').Recorder} recorder
   * @param {bigint} originNs the start of the replay on the steady clock
   * @param {number} workers
   */
  constructor(recorder, originNs, workers) {
    this.#recorder = recorder;
    this.#originNs = originNs;
    this.#workers = workers;
  }

  /** @param {import('./deadline-queue.mjs').Job} job */
  admission(job, peak, isAdmitted, { lagNs, tookNs }) {
    const utilisation = `utilisation ${peak.utilisation.toFixed(2)}`;
    const demand = `${millis(peak.demandNs)} due in ${millis(peak.windowNs)} on ${this.#workers} workers`;
    let rationale = `Rejected: ${utilisation} above bound ${UTILISATION_BOUND}, ${demand}`;
    if (isAdmitted)
      rationale = `Admitted: ${utilisation} below bound ${UTILISATION_BOUND}, ${demand}`;
    else if (peak.windowNs <= 0) {
      rationale = `Rejected: ${millis(-peak.windowNs)} past its deadline when it was first seen`;
    }
    this.#record('Admission', 'admission_result', job, {
      severity: isAdmitted ? 'Info' : 'Warning',
      durationNs: tookNs,
      rationale,
      attributes: {
        result: isAdmitted ? 'admitted' : 'rejected',
        utilisation: peak.utilisation.toFixed(4),
        deadline_ns: this.#steady(job.deadlineNs),
        predicted_ns: job.predictedNs,
        lag_ns: lagNs,
      },
    });
  }

  /** `waiting` counts this job too. */
  scheduling(job, waiting, nowNs, remainingNs, tookNs) {
    const slackNs = job.deadlineNs - nowNs - remainingNs;
    const among = waiting === 1 ? 'the only request waiting' : `first of ${count(waiting)} waiting`;
    const why = job.late
      ? `late by ${millis(nowNs - job.deadlineNs)}, and nothing that is not late waits`
      : `earliest deadline, ${among}; due in ${millis(job.deadlineNs - nowNs)}, slack ${millis(slackNs)}`;
    const resumes = job.preemptions > 0 ? ' resumes it' : '';
    this.#record('Scheduler', 'scheduling_decision', job, {
      durationNs: tookNs,
      rationale: `${byWorker(job.worker)}${resumes}: ${why}`,
      attributes: {
        worker: job.worker + 1,
        deadline_ns: this.#steady(job.deadlineNs),
        slack_ns: slackNs,
        remaining_ns: remainingNs,
        waiting,
      },
    });
  }

  /** `request` is what was asked of the worker: for whom, and how long ago. */
  preemption(job, worker, request, tookNs) {
    const { winner } = request;
    const why = job.late
      ? 'which can still be on time'
      : `due ${millis(job.deadlineNs - winner.deadlineNs)} earlier`;
    this.#record('Scheduler', 'preemption', job, {
      durationNs: tookNs,
      rationale: `${byWorker(worker)} gives way to request ${short(winner.requestId)}, ${why}`,
      attributes: {
        worker: worker + 1,
        preempted_by: winner.requestId,
        done_ns: job.doneNs,
        preemptions: job.preemptions,
      },
    });
  }

  /** `doneNs` is the work done by now, of a run that goes on as of one that has ended. */
  miss(job, nowNs, doneNs) {
    const done = (doneNs / 1e6).toFixed(2);
    const work =
      doneNs > job.predictedNs
        ? `${done} ms done, ${millis(job.predictedNs)} predicted`
        : `${done} of ${millis(job.predictedNs)} predicted done`;
    this.#record('Scheduler', 'deadline_miss', job, {
      severity: 'Error',
      durationNs: nowNs - job.arrivalNs,
      rationale: `Deadline passed ${millis(nowNs - job.arrivalNs)} after arrival: ${work}, ${whereabouts(job)}`,
      attributes: {
        deadline_ns: this.#steady(job.deadlineNs),
        done_ns: doneNs,
        predicted_ns: job.predictedNs,
        lag_ns: nowNs - job.deadlineNs,
        preemptions: job.preemptions,
      },
    });
  }

  completion(job, nowNs, generatedTokens) {
    const overNs = nowNs - job.deadlineNs;
    const when = job.late ? `${millis(overNs)} late` : `${millis(-overNs)} before the deadline`;
    this.#record('Scheduler', 'completion', job, {
      severity: job.late ? 'Warning' : 'Info',
      durationNs: nowNs - job.arrivalNs,
      rationale:
        `Answered ${when}, ${millis(nowNs - job.arrivalNs)} after arrival; ` +
        `${count(generatedTokens)} tokens, predicted ${count(job.predictedTokens)}`,
      attributes: {
        result: job.late ? 'late' : 'on_time',
        deadline_ns: this.#steady(job.deadlineNs),
        slack_ns: -overNs,
        work_ns: job.workNs,
        preemptions: job.preemptions,
      },
    });
  }

  #record(component, eventType, { modelId }, event) {
    this.#recorder.record({ component, eventType, modelId, ...event });
  }

  /** On the clock of `timestamp_ns`, to the nanosecond whatever the uptime. */
  #steady(nanos) {
    return this.#originNs + BigInt(nanos);
  }
}
