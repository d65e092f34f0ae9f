import { runWithOperationId } from 'aegis-trace/context';
import { Admission } from './admission.mjs';
import { PROGRESS } from './channel.mjs';
import { DeadlineQueue, outranks } from './deadline-queue.mjs';
import { remainingNs } from './demand.mjs';
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
 *
 * What is done for a request runs as the operation of that name: events and log lines find their request by themselves.
 */
export class Scheduler {
  #workload;
  #cost;
  #line;
  #decisions;
  #log;
  #originNs;
  #admission;
  #timely = new DeadlineQueue();
  #waiting = new DeadlineQueue();
  #waitingLate = new DeadlineQueue();
  /** @type {(Job | undefined)[]} what each worker runs */
  #running;
  /** @type {({ winner: Job, askedNs: number } | undefined)[]} workers asked to yield, and for whom */
  #yielding;
  #arrivalNs;
  #next = 0;
  counts = { arrived: 0, admitted: 0, rejected: 0, completed: 0, late: 0, preemptions: 0 };
  /** Replay time when the last request was answered. */
  endNs = 0;
  /** @type {number[]} how long after its arrival each request was seen: what the machine took, not the policy */
  lagsNs = [];

  /**
   * @param {import('./replay.mjs').ThreadData} data
   * @param {object} tools
   * @param {import('./channel.mjs').SchedulerEnd} tools.line
   * @param {import('./decisions.mjs').Decisions} tools.decisions
   * @param {import('./log.mjs').Log} tools.log
   * @param {bigint} tools.originNs when the replay starts, on the steady clock
   */
  constructor({ workload, cost, channel }, { line, decisions, log, originNs }) {
    this.#workload = workload;
    this.#cost = cost;
    this.#line = line;
    this.#decisions = decisions;
    this.#log = log.logger('Scheduler');
    this.#originNs = originNs;
    const world = {
      workload,
      cost,
      workers: channel.workers,
      now: () => this.#now(),
      timely: () => this.#timely.jobs,
      accept: (job) => {
        this.#timely.insert(job);
        this.#waiting.insert(job);
      },
    };
    this.#admission = new Admission(world, decisions, log);
    this.#running = new Array(channel.workers).fill(undefined);
    this.#yielding = new Array(channel.workers).fill(undefined);
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
        runWithOperationId(job.requestId, () => this.complete(job));
        continue;
      }
      job.worker = -1;
      (job.late ? this.#waitingLate : this.#waiting).insert(job);
      job.preemptions++;
      this.counts.preemptions++;
      runWithOperationId(job.requestId, () =>
        this.#decisions.preemption(job, worker, request, this.#now() - request.askedNs),
      );
    }
  }

  /** @param {Job} job that is done, and answered by this */
  complete(job) {
    const nowNs = this.#now();
    // An answer counts when it is here, not when the worker had it.
    if (!job.late && nowNs > job.deadlineNs) this.#miss(job, nowNs);
    if (!job.late) this.#timely.remove(job);
    const generatedTokens = this.#workload.generatedTokens[job.index];
    this.#admission.learn(job, generatedTokens);
    this.counts.completed++;
    this.#log.info({ tokens: generatedTokens }, 'answer sent');
    this.#decisions.completion(job, nowNs, generatedTokens);
    return job.late ? 'late' : 'on time';
  }

  #admitArrived() {
    while (this.#next < this.#workload.count && this.#arrivalNs(this.#next) <= this.#now()) {
      const index = this.#next++;
      const arrivalNs = this.#arrivalNs(index);
      this.counts.arrived++;
      this.lagsNs.push(this.#now() - arrivalNs);
      const requestId = requestIdOf(this.#workload, index);
      const admit = () => this.#admission.admit(index, arrivalNs);
      this.counts[runWithOperationId(requestId, admit)]++;
    }
  }

  #missPassed() {
    const nowNs = this.#now();
    const first = () => this.#timely.jobs[0];
    while (first() !== undefined && first().deadlineNs < nowNs) {
      const job = first();
      runWithOperationId(job.requestId, () => this.#miss(job, nowNs));
    }
  }

  #miss(job, nowNs) {
    this.#timely.remove(job);
    job.late = true;
    if (job.worker < 0) {
      this.#waiting.remove(job);
      this.#waitingLate.insert(job);
    }
    this.counts.late++;
    this.#log.warn('deadline passed');
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
      runWithOperationId(job.requestId, () => this.place(job, worker, waiting, nowNs));
      this.#line.order(worker, job);
    }
  }

  /** `waiting` counts this job too. @param {Job} job @returns the number of its worker, as people count */
  place(job, worker, waiting, nowNs) {
    const leftNs = remainingNs(job, nowNs, this.#cost.quantumNs);
    (job.late ? this.#waitingLate : this.#waiting).remove(job);
    job.worker = worker;
    job.startedNs = nowNs;
    this.#running[worker] = job;
    this.#decisions.scheduling(job, waiting, nowNs, leftNs, this.#now() - nowNs);
    return worker + 1;
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
