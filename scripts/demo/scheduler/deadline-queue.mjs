/**
 * @typedef {object} Job one admitted request, as the scheduler knows it; times are replay time since the start
 * @property {number} index in the workload; also the order of arrival
 * @property {string} requestId
 * @property {string} modelId
 * @property {number} arrivalNs
 * @property {number} deadlineNs
 * @property {number} predictedNs work expected at admission
 * @property {number} predictedTokens
 * @property {number} workNs work it will turn out to be: for the workers only, the policy must not look
 * @property {number} doneNs
 * @property {number} worker that runs it or has finished it; -1 while it waits
 * @property {number} startedNs of the current run
 * @property {number} preemptions
 * @property {boolean} late
 */

/**
 * Jobs by earliest deadline first; equal deadlines in order of arrival. A sorted array: the admission test walks all
 * jobs by deadline, and they are as few as fit between now and the last deadline.
 */
export class DeadlineQueue {
  /** @type {Job[]} */
  #jobs = [];

  /** @returns {readonly Job[]} in deadline order */
  get jobs() {
    return this.#jobs;
  }

  get size() {
    return this.#jobs.length;
  }

  /** @param {Job} job */
  insert(job) {
    this.#jobs.splice(this.#position(job), 0, job);
  }

  /** @param {Job} job that is in the queue */
  remove(job) {
    this.#jobs.splice(this.#position(job), 1);
  }

  /** The first position whose job does not come before this one. */
  #position(job) {
    let low = 0;
    let high = this.#jobs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#jobs[middle], job)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Earliest deadline first, ties by arrival. */
const isBefore = (a, b) =>
  a.deadlineNs < b.deadlineNs || (a.deadlineNs === b.deadlineNs && a.index < b.index);

/**
 * Whether `a` is to run rather than `b`: a request that can still be on time before one that cannot, else the earlier
 * deadline. Late requests would otherwise always come first and make the ones behind them late too.
 */
export function outranks(a, b) {
  return a.late === b.late ? isBefore(a, b) : b.late;
}
