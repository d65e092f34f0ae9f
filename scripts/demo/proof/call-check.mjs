// Proves that the calls of one chain make a tree, and that none is missing.

/** What is recorded inside which call: so many of the one, so many of the other. */
const CALL_OF = {
  admission_result: 'Admission.admit',
  scheduling_decision: 'Scheduler.place',
  completion: 'Scheduler.complete',
  // A run ends with one of the two.
  work_finished: 'Worker.run',
  preemption: 'Worker.run',
};
const PROCESSES = [...new Set(Object.values(CALL_OF))];

/** The monitored calls of one request. */
export class CallCheck {
  #calls = [];
  /** @type {string[]} the calls that its decisions speak of */
  #expected = [];
  #isKilled;

  /** @param {boolean} isKilled whether the process was killed: then a call may have begun and never ended */
  constructor(isKilled = false) {
    this.#isKilled = isKilled;
  }

  get count() {
    return this.#calls.length;
  }

  /** @param {import('aegis-trace').TraceEvent} event of type function_call */
  add({ eventId, timestampNs, durationNs, attributes, severity }) {
    const { process, parent_event_id: parentId } = attributes;
    const endNs = timestampNs + durationNs;
    this.#calls.push({ eventId, parentId, process, startNs: timestampNs, endNs, severity });
  }

  /** @param {string} eventType of a decision of this request */
  expect(eventType) {
    const process = CALL_OF[eventType];
    if (process !== undefined) this.#expected.push(process);
  }

  /**
   * A call is recorded when it ends, and its parent ends after it. So what drops the parent has dropped the call: a
   * parent that is missing is a gap, whatever the ring has dropped; unless it was under way when the process was killed.
   *
   * @returns {string | undefined} what is wrong
   */
  treeProblem() {
    const byId = new Map(this.#calls.map((call) => [call.eventId, call]));
    for (const { parentId, process, startNs, endNs, severity } of this.#calls) {
      if (severity !== 'Info') return `has a call of ${process} that failed`;
      if (parentId === undefined) continue;
      const parent = byId.get(parentId);
      if (parent === undefined) {
        if (this.#isKilled) continue;
        return `has a call of ${process} whose parent is missing`;
      }
      if (startNs < parent.startNs || endNs > parent.endNs) {
        return `has a call of ${process} that is not within its parent, ${parent.process}`;
      }
    }
    // A request is in the hands of one thread at a time.
    if (this.openCount > 1) return `lacks ${this.openCount} calls; one can have been under way`;
    return undefined;
  }

  /** Calls under way when the process was killed: what was recorded within them is there, they are not. */
  get openCount() {
    if (!this.#isKilled || this.count === 0) return 0;
    const ids = new Set(this.#calls.map(({ eventId }) => eventId));
    const parents = new Set(this.#calls.map(({ parentId }) => parentId ?? ''));
    const missing = [...parents].filter((id) => id !== '' && !ids.has(id)).length;
    const lacking = PROCESSES.map((process) => this.#expectedOf(process) - this.#foundOf(process));
    return Math.max(
      missing,
      lacking.reduce((sum, count) => sum + Math.max(0, count), 0),
    );
  }

  /**
   * Of a request that was sampled each step was a call; of another none was.
   *
   * @param {boolean} mayBeUnsampled
   * @returns {string | undefined} what is wrong
   */
  countProblem(mayBeUnsampled) {
    if (this.count === 0 && mayBeUnsampled) return undefined;
    for (const process of PROCESSES) {
      const expected = this.#expectedOf(process);
      const found = this.#foundOf(process);
      // A run that had to give way ends before the scheduler, another thread, records the preemption.
      const ahead = process === CALL_OF.preemption ? 1 : 0;
      const isRight = this.#isKilled ? found <= expected + ahead : found === expected;
      if (!isRight) return `has ${found} calls of ${process}; its decisions say ${expected}`;
    }
    return undefined;
  }

  #expectedOf(process) {
    return this.#expected.filter((name) => name === process).length;
  }

  #foundOf(process) {
    return this.#calls.filter((call) => call.process === process).length;
  }
}
