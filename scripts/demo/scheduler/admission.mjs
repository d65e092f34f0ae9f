import { allowedNs, TokenPredictor, workNs } from './cost-model.mjs';
import { peakUtilisation, UTILISATION_BOUND } from './demand.mjs';
import { requestIdOf } from './workload.mjs';

/** @typedef {import('./deadline-queue.mjs').Job} Job */

/** Admission control: estimates what a request will cost, and lets it in if every deadline can still be kept. */
export class Admission {
  #world;
  #decisions;
  #log;
  #predictors;

  /**
   * @param {object} world
   * @param {import('./workload.mjs').Workload} world.workload
   * @param {import('./cost-model.mjs').CostModel} world.cost
   * @param {number} world.workers
   * @param {() => number} world.now replay time
   * @param {() => readonly Job[]} world.timely jobs that are admitted and not late, by deadline
   * @param {(job: Job) => void} world.accept takes what is admitted
   * @param {import('./decisions.mjs').Decisions} decisions
   * @param {import('./log.mjs').Log} log
   */
  constructor(world, decisions, log) {
    this.#world = world;
    this.#decisions = decisions;
    this.#log = log.logger('Admission');
    this.#predictors = new Map(world.workload.models.map((model) => [model, new TokenPredictor()]));
  }

  /** Decides about a request of the workload. @returns {'admitted' | 'rejected'} */
  admit(index, arrivalNs) {
    const { workload, now, accept } = this.#world;
    const modelId = workload.models[workload.model[index]];
    const contextTokens = workload.contextTokens[index];
    this.#log.info({ model: modelId, context_tokens: contextTokens }, 'request received');
    const startNs = now();
    const estimate = this.estimate(modelId, contextTokens);
    const job = this.#newJob(index, modelId, arrivalNs, estimate);
    const demand = this.demand(job.deadlineNs, job.predictedNs);
    const isAdmitted = demand.utilisation < UTILISATION_BOUND;
    const took = { lagNs: startNs - arrivalNs, tookNs: now() - startNs };
    this.#decisions.admission(job, demand, isAdmitted, took);
    if (isAdmitted) accept(job);
    else this.#log.warn('request turned away');
    return isAdmitted ? 'admitted' : 'rejected';
  }

  /** What a request will need, as far as anyone can know: it depends on the length of its prompt and of the answer. */
  estimate(model, promptLength) {
    const { tokens } = this.#predictors.get(model);
    return { tokens, workNs: workNs(this.#world.cost, promptLength, tokens) };
  }

  /** How much of the workers' time would be taken at the tightest deadline; see {@link peakUtilisation}. */
  demand(deadlineNs, predictedNs) {
    const { cost, workers, now, timely } = this.#world;
    const { quantumNs, handoffNs } = cost;
    const at = { nowNs: now(), workers, quantumNs, handoffNs };
    return peakUtilisation(timely(), { deadlineNs, predictedNs }, at);
  }

  /** Predicts better from now on. @param {Job} job that has been answered */
  learn({ modelId }, generatedTokens) {
    this.#predictors.get(modelId).learn(generatedTokens);
  }

  /** @returns {Job} */
  #newJob(index, modelId, arrivalNs, { tokens, workNs: predictedNs }) {
    const { workload, cost } = this.#world;
    return {
      index,
      requestId: requestIdOf(workload, index),
      modelId,
      arrivalNs,
      deadlineNs: arrivalNs + allowedNs(cost, predictedNs),
      predictedNs,
      predictedTokens: tokens,
      workNs: workNs(cost, workload.contextTokens[index], workload.generatedTokens[index]),
      doneNs: 0,
      quanta: 0,
      worker: -1,
      startedNs: 0,
      preemptions: 0,
      late: false,
    };
  }
}
