// How the scheduler and the workers speak: shared memory and futexes (Atomics.wait), because a message port would need
// an event loop turn at each end.

/**
 * The states of a worker, and who moves it on: IDLE -scheduler-> ORDERED -worker-> ENDED -scheduler-> IDLE;
 * IDLE -main-> STOPPED.
 */
const IDLE = 0;
const ORDERED = 1;
const ENDED = 2;
const STOPPED = 3;

// Cells of 4 bytes. A worker's own start a cache line of 64 bytes.
const LINE = 16;
const BELL = 0;
const STATE = 0;
const YIELD = 1;
// The values of YIELD: a request can be withdrawn until the worker has accepted it, so both sides always agree.
const NOT_ASKED = 0;
const ASKED = 1;
const ACCEPTED = 2;
// Cells of 8 bytes, guarded by STATE: whoever may move it on owns them. An order fills the first four: index in the
// workload, work, done, quanta.
const DONE = 2;
const QUANTA = 3;
const NUMBERS = 8;

const stateCell = (worker) => LINE * (1 + worker) + STATE;
const yieldCell = (worker) => LINE * (1 + worker) + YIELD;

/** What the main thread shows while the replay runs; cells of the first cache line behind the bell. */
export const PROGRESS = { arrived: 1, admitted: 2, completed: 3, late: 4 };

/** @param {number} workers */
export function makeChannel(workers) {
  return {
    workers,
    cells: new Int32Array(new SharedArrayBuffer(4 * LINE * (1 + workers))),
    numbers: new Float64Array(new SharedArrayBuffer(8 * NUMBERS * workers)),
  };
}

/** @typedef {ReturnType<typeof makeChannel>} Channel */

/** The scheduler's end. */
export class SchedulerEnd {
  #cells;
  #numbers;
  #heard = 0;

  /** @param {Channel} channel */
  constructor({ cells, numbers }) {
    this.#cells = cells;
    this.#numbers = numbers;
  }

  /** To be called before looking for anything new: what rings from now on ends the next {@link sleep}. */
  listen() {
    this.#heard = Atomics.load(this.#cells, BELL);
  }

  /** Sleeps until a worker has ended a run since {@link listen}, or so long. */
  sleep(nanos) {
    if (nanos > 0) Atomics.wait(this.#cells, BELL, this.#heard, nanos / 1e6);
  }

  /** Hands an idle worker a job. */
  order(worker, { index, workNs, doneNs, quanta }) {
    this.#numbers.set([index, workNs, doneNs, quanta], NUMBERS * worker);
    Atomics.store(this.#cells, yieldCell(worker), NOT_ASKED);
    this.#setState(worker, ORDERED);
  }

  /** Asks for the worker after its current quantum. */
  askToYield(worker) {
    Atomics.store(this.#cells, yieldCell(worker), ASKED);
  }

  /** Takes that back. @returns false when the worker is giving way already, or has ended */
  withdraw(worker) {
    return Atomics.compareExchange(this.#cells, yieldCell(worker), ASKED, NOT_ASKED) === ASKED;
  }

  /** What the worker has done when its run has ended, and makes it idle; else undefined. */
  takeEnded(worker) {
    if (Atomics.load(this.#cells, stateCell(worker)) !== ENDED) return undefined;
    const at = NUMBERS * worker;
    const ended = { doneNs: this.#numbers[at + DONE], quanta: this.#numbers[at + QUANTA] };
    this.#setState(worker, IDLE);
    return ended;
  }

  /** @param {number} cell one of {@link PROGRESS} */
  show(cell, value) {
    Atomics.store(this.#cells, cell, value);
  }

  #setState(worker, state) {
    const cell = stateCell(worker);
    Atomics.store(this.#cells, cell, state);
    Atomics.notify(this.#cells, cell);
  }
}

/** The end of one worker. */
export class WorkerEnd {
  #cells;
  #numbers;
  #state;
  /** Nobody notifies this one: waiting on it is a sleep of microsecond precision. */
  #never = new Int32Array(new SharedArrayBuffer(4));

  /**
   * @param {Channel} channel
   * @param {number} worker
   */
  constructor({ cells, numbers }, worker) {
    this.#cells = cells;
    this.#numbers = numbers.subarray(NUMBERS * worker, NUMBERS * (worker + 1));
    this.#state = stateCell(worker);
  }

  /** Waits for the next order; undefined when there will be none. */
  nextOrder() {
    for (;;) {
      const state = Atomics.load(this.#cells, this.#state);
      if (state === STOPPED) return undefined;
      if (state === ORDERED) {
        const [index, workNs, doneNs, quanta] = this.#numbers;
        return { index, workNs, doneNs, quanta };
      }
      Atomics.wait(this.#cells, this.#state, state);
    }
  }

  /** Passes time as an accelerator does: the thread sleeps. */
  work(nanos) {
    Atomics.wait(this.#never, 0, 0, nanos / 1e6);
  }

  /** Whether the run is to end here. To be asked between two quanta, and to be obeyed. */
  mustYield() {
    const cell = this.#state + YIELD;
    return Atomics.compareExchange(this.#cells, cell, ASKED, ACCEPTED) === ASKED;
  }

  /** Reports the end of a run, finished or not, and rings the scheduler's bell. */
  end(doneNs, quanta) {
    this.#numbers[DONE] = doneNs;
    this.#numbers[QUANTA] = quanta;
    Atomics.store(this.#cells, this.#state, ENDED);
    Atomics.add(this.#cells, BELL, 1);
    Atomics.notify(this.#cells, BELL);
  }
}

/** Sends all workers home; to be called when the scheduler has ended. @param {Channel} channel */
export function stopWorkers({ cells, workers }) {
  for (let worker = 0; worker < workers; worker++) {
    Atomics.store(cells, stateCell(worker), STOPPED);
    Atomics.notify(cells, stateCell(worker));
  }
}
