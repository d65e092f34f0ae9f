/** Admission keeps 5 % in reserve for what no prediction sees, such as a quantum that cannot be interrupted. */
export const UTILISATION_BOUND = 0.95;

/**
 * What a job still needs, as far as anyone can know: the prediction minus what is done. One that has outrun its
 * prediction counts with a quantum until it ends.
 *
 * @param {import('./deadline-queue.mjs').Job} job
 */
export function remainingNs(job, nowNs, quantumNs) {
  const runningNs = job.worker < 0 ? 0 : nowNs - job.startedNs;
  const leftNs = job.predictedNs - job.doneNs - runningNs;
  return leftNs > 0 ? leftNs : quantumNs;
}

/**
 * The demand test of earliest deadline first: the work due by a deadline must fit between now and then on all workers.
 * A new job adds to the demand by its own deadline and by every later one; the highest ratio counts.
 *
 * @param {readonly import('./deadline-queue.mjs').Job[]} jobs admitted and not late, by deadline
 * @param {{ deadlineNs: number, predictedNs: number }} candidate
 * @param {{ nowNs: number, workers: number, quantumNs: number, handoffNs: number }} at
 * @returns {{ utilisation: number, demandNs: number, windowNs: number }} at the tightest deadline; the window is that of
 * one worker. Utilisation is infinite when the candidate is due already.
 */
export function peakUtilisation(jobs, candidate, { nowNs, workers, quantumNs, handoffNs }) {
  let peak = { utilisation: 0, demandNs: 0, windowNs: 0 };
  let demandNs = 0;
  const weigh = (deadlineNs) => {
    const windowNs = deadlineNs - nowNs;
    const utilisation = windowNs > 0 ? demandNs / (workers * windowNs) : Number.POSITIVE_INFINITY;
    if (utilisation > peak.utilisation) peak = { utilisation, demandNs, windowNs };
  };
  let isCounted = false;
  for (const job of jobs) {
    if (!isCounted && job.deadlineNs > candidate.deadlineNs) {
      demandNs += candidate.predictedNs + handoffNs;
      weigh(candidate.deadlineNs);
      isCounted = true;
    }
    demandNs += remainingNs(job, nowNs, quantumNs) + handoffNs;
    if (isCounted) weigh(job.deadlineNs);
  }
  if (!isCounted) {
    demandNs += candidate.predictedNs + handoffNs;
    weigh(candidate.deadlineNs);
  }
  return peak;
}
