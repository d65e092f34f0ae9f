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

/** The monitored calls of one request. */
export class CallCheck {
  #calls = [];
  /** @type {string[]} the calls that its decisions speak of */
  #expected = [];

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
   * parent that is missing is a gap, whatever the ring has dropped.
   *
   * @returns {string | undefined} what is wrong
   */
  treeProblem() {
    const byId = new Map(this.#calls.map((call) => [call.eventId, call]));
    for (const { parentId, process, startNs, endNs, severity } of this.#calls) {
      if (severity !== 'Info') return `has a call of ${process} that failed`;
      if (parentId === undefined) continue;
      const parent = byId.get(parentId);
      if (parent === undefined) return `has a call of ${process} whose parent is missing`;
      if (startNs < parent.startNs || endNs > parent.endNs) {
        return `has a call of ${process} that is not within its parent, ${parent.process}`;
      }
    }
    return undefined;
  }

  /**
   * Of a request that was sampled each step was a call; of another none was.
   *
   * @param {boolean} mayBeUnsampled
   * @returns {string | undefined} what is wrong
   */
  countProblem(mayBeUnsampled) {
    if (this.count === 0 && mayBeUnsampled) return undefined;
    for (const process of new Set(Object.values(CALL_OF))) {
      const expected = this.#expected.filter((name) => name === process).length;
      const found = this.#calls.filter((call) => call.process === process).length;
      if (found !== expected)
        return `has ${found} calls of ${process}; its decisions say ${expected}`;
    }
    return undefined;
  }
}
