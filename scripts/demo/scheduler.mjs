import { peakUtilisation, remainingNs, UTILISATION_BOUND } from './admission.mjs';
import { PROGRESS } from './channel.mjs';
import { allowedNs, TokenPredictor, workNs } from './cost-model.mjs';
import { DeadlineQueue, outranks } from './deadline-queue.mjs';
import { requestIdOf } from './workload.mjs';

/** @typedef {import('./deadline-queue.mjs').Job} Job */

/** Wakes at least so often, whatever happens. */
const SLEEP_MAX_NS = 100_000_000;

/**
 * Preemptive earliest deadline first over identical workers that serve every model. Runs in a thread of its own and
 * sleeps until a request arrives, a run ends or a deadline passes.
 *
 * A job is in `timely` from admission until it completes or its deadline passes. While it has no worker it is also in
 * one of the two waiting queues, that of late jobs once its deadline has passed.
 */
export class Scheduler {
  #workload;
  #cost;
  #line;
  #decisions;
  #originNs;
  #timely = new DeadlineQueue();
  #waiting = new DeadlineQueue();
  #waitingLate = new DeadlineQueue();
  /** @type {(Job | undefined)[]} what each worker runs */
  #running;
  /** @type {({ winner: Job, askedNs: number } | undefined)[]} workers asked to yield, and for whom */
  #yielding;
  #predictors;
  #arrivalNs;
  #next = 0;
  counts = { arrived: 0, admitted: 0, rejected: 0, completed: 0, late: 0, preemptions: 0 };
  /** Replay time when the last request was answered. */
  endNs = 0;
  /** @type {number[]} how long after its arrival each request was seen: what the machine took, not the policy */
  lagsNs = [];

  /**
   * @param {import('./replay.mjs').ThreadData} data
   * @param {import('./channel.mjs').SchedulerEnd} line
   * @param {import('./decisions.mjs').Decisions} decisions
   * @param {bigint} originNs when the replay starts, on the steady clock
   */
  constructor({ workload, cost, channel }, line, decisions, originNs) {
    this.#workload = workload;
    this.#cost = cost;
    this.#line = line;
    this.#decisions = decisions;
    this.#originNs = originNs;
    this.#running = new Array(channel.workers).fill(undefined);
    this.#yielding = new Array(channel.workers).fill(undefined);
    this.#predictors = workload.models.map(() => new TokenPredictor());
    this.#arrivalNs = (index) => Math.round(workload.arrivalNs[index] / cost.speed);
  }

  /** Replays the workload to its end. */
  run() {
    while (this.#next < this.#workload.count || this.counts.completed < this.counts.admitted) {
      this.#line.listen();
      this.#takeEnded();
      // Before admission: what is late is no longer part of the demand.
      this.#missPassed();
      this.#admitArrived();
      this.#dispatch();
      this.#preempt();
      this.#showProgress();
      this.#line.sleep(this.#nextMomentNs() - this.#now());
    }
    this.#showProgress();
    this.endNs = this.#now();
  }

  #now() {
    return Number(process.hrtime.bigint() - this.#originNs);
  }

  #takeEnded() {
    for (const [worker, job] of this.#running.entries()) {
      const ended = job && this.#line.takeEnded(worker);
      if (ended === undefined) continue;
      job.doneNs = ended.doneNs;
      job.quanta = ended.quanta;
      const request = this.#yielding[worker];
      this.#running[worker] = undefined;
      this.#yielding[worker] = undefined;
      if (job.doneNs === job.workNs) {
        this.#complete(job);
        continue;
      }
      job.worker = -1;
      (job.late ? this.#waitingLate : this.#waiting).insert(job);
      job.preemptions++;
      this.counts.preemptions++;
      this.#decisions.preemption(job, worker, request, this.#now() - request.askedNs);
    }
  }

  #complete(job) {
    const nowNs = this.#now();
    // An answer counts when it is here, not when the worker had it.
    if (!job.late && nowNs > job.deadlineNs) this.#miss(job, nowNs);
    if (!job.late) this.#timely.remove(job);
    const generatedTokens = this.#workload.generatedTokens[job.index];
    this.#predictors[this.#workload.model[job.index]].learn(generatedTokens);
    this.counts.completed++;
    this.#decisions.completion(job, nowNs, generatedTokens);
  }

  #admitArrived() {
    const { quantumNs, handoffNs } = this.#cost;
    while (this.#next < this.#workload.count && this.#arrivalNs(this.#next) <= this.#now()) {
      const startNs = this.#now();
      const job = this.#newJob(this.#next++);
      const at = { nowNs: startNs, workers: this.#running.length, quantumNs, handoffNs };
      const peak = peakUtilisation(this.#timely.jobs, job, at);
      const isAdmitted = peak.utilisation < UTILISATION_BOUND;
      const tookNs = this.#now() - startNs;
      const lagNs = startNs - job.arrivalNs;
      this.lagsNs.push(lagNs);
      this.#decisions.admission(job, peak, isAdmitted, { lagNs, tookNs });
      this.counts.arrived++;
      if (isAdmitted) {
        this.counts.admitted++;
        this.#timely.insert(job);
        this.#waiting.insert(job);
      } else {
        this.counts.rejected++;
      }
    }
  }

  /** @returns {Job} */
  #newJob(index) {
    const { model, models, contextTokens, generatedTokens } = this.#workload;
    const predictedTokens = this.#predictors[model[index]].tokens;
    const predictedNs = workNs(this.#cost, contextTokens[index], predictedTokens);
    const arrivalNs = this.#arrivalNs(index);
    return {
      index,
      requestId: requestIdOf(this.#workload, index),
      modelId: models[model[index]],
      arrivalNs,
      deadlineNs: arrivalNs + allowedNs(this.#cost, predictedNs),
      predictedNs,
      predictedTokens,
      workNs: workNs(this.#cost, contextTokens[index], generatedTokens[index]),
      doneNs: 0,
      quanta: 0,
      worker: -1,
      startedNs: 0,
      preemptions: 0,
      late: false,
    };
  }

  #missPassed() {
    const nowNs = this.#now();
    const first = () => this.#timely.jobs[0];
    while (first() !== undefined && first().deadlineNs < nowNs) this.#miss(first(), nowNs);
  }

  #miss(job, nowNs) {
    this.#timely.remove(job);
    job.late = true;
    if (job.worker < 0) {
      this.#waiting.remove(job);
      this.#waitingLate.insert(job);
    }
    this.counts.late++;
    // A run that has ended is accounted for; of one that goes on, the scheduler knows how long it has lasted.
    const isRunning = job.worker >= 0 && this.#running[job.worker] === job;
    this.#decisions.miss(job, nowNs, job.doneNs + (isRunning ? nowNs - job.startedNs : 0));
  }

  /** Gives every free worker the first job that waits. */
  #dispatch() {
    for (let worker = 0; worker < this.#running.length; worker++) {
      if (this.#running[worker] !== undefined) continue;
      // Recording the last decision took its time too.
      this.#missPassed();
      const nowNs = this.#now();
      const waiting = this.#waiting.size + this.#waitingLate.size;
      const job = this.#firstWaiting();
      if (job === undefined) return;
      const leftNs = remainingNs(job, nowNs, this.#cost.quantumNs);
      (job.late ? this.#waitingLate : this.#waiting).remove(job);
      job.worker = worker;
      job.startedNs = nowNs;
      this.#running[worker] = job;
      this.#decisions.scheduling(job, waiting, nowNs, leftNs, this.#now() - nowNs);
      this.#line.order(worker, job);
    }
  }

  /** Asks for a worker for every waiting job that outranks a running one and for which none is asked yet. */
  #preempt() {
    this.#withdrawNeedless();
    const asked = this.#yielding.filter((request) => request !== undefined).length;
    for (let position = asked; position < this.#running.length; position++) {
      const winner = this.#firstWaiting(position);
      if (winner === undefined) return;
      let victim;
      for (const [worker, job] of this.#running.entries()) {
        if (job === undefined || this.#yielding[worker] !== undefined) continue;
        if (outranks(winner, job) && (victim === undefined || outranks(victim, job))) victim = job;
      }
      if (victim === undefined) return;
      this.#yielding[victim.worker] = { winner, askedNs: this.#now() };
      this.#line.askToYield(victim.worker);
    }
  }

  /** The job that wanted a worker may have got another one, have finished there, or be late itself by now. */
  #withdrawNeedless() {
    for (const [worker, request] of this.#yielding.entries()) {
      if (request === undefined) continue;
      const isNeeded = request.winner.worker < 0 && outranks(request.winner, this.#running[worker]);
      if (!isNeeded && this.#line.withdraw(worker)) this.#yielding[worker] = undefined;
    }
  }

  /** The job that is to get the next free worker, or the one after so many others; undefined without one. */
  #firstWaiting(position = 0) {
    return this.#waiting.jobs[position] ?? this.#waitingLate.jobs[position - this.#waiting.size];
  }

  #nextMomentNs() {
    const arrivalNs =
      this.#next < this.#workload.count ? this.#arrivalNs(this.#next) : Number.POSITIVE_INFINITY;
    // A deadline has passed when it is in the past: one nanosecond later.
    const deadlineNs = (this.#timely.jobs[0]?.deadlineNs ?? Number.POSITIVE_INFINITY) + 1;
    return Math.min(arrivalNs, deadlineNs, this.#now() + SLEEP_MAX_NS);
  }

  #showProgress() {
    for (const [name, cell] of Object.entries(PROGRESS)) this.#line.show(cell, this.counts[name]);
  }
}
