import { randomUUID } from 'node:crypto';
import { TraceCollector } from 'aegis-trace';
import { Journal } from '../proof/journal.mjs';

/** One call in so many is timed. Reading the clock twice costs about as much as a record in a hot loop. */
const TIMED_EVERY = 8;
const CLOCK_SAMPLES = 1_000;

/** Records into the shared collector and measures, in passing, what that costs. One per thread. */
export class Recorder {
  #collector;
  #journal;
  #calls = 0;
  /** @type {number[]} */
  #timedNs = [];

  /**
   * @param {import('aegis-trace').CollectorHandle} handle
   * @param {string} [journalFile] of a run that is to crash
   */
  constructor(handle, journalFile) {
    this.#collector = TraceCollector.attach(handle);
    this.#journal = journalFile === undefined ? undefined : new Journal(journalFile);
  }

  /** @param {import('aegis-trace').TraceEventInput} event */
  record(event) {
    if (this.#journal !== undefined) {
      this.#calls++;
      this.#recordAndNote(event);
      return;
    }
    if (this.#calls++ % TIMED_EVERY !== 0) {
      this.#collector.record(event);
      return;
    }
    const startNs = process.hrtime.bigint();
    this.#collector.record(event);
    this.#timedNs.push(Number(process.hrtime.bigint() - startNs));
  }

  #recordAndNote(event) {
    const eventId = event.eventId ?? randomUUID();
    this.#collector.record({ ...event, eventId });
    this.#journal.add(eventId);
  }

  /** Lets go of the collector. @returns how many events this thread recorded, and the timed calls among them */
  close() {
    this.#collector.close();
    return { calls: this.#calls, timedNs: this.#timedNs };
  }
}

/** @typedef {ReturnType<Recorder['close']>} RecorderReport */

/** What reading the clock adds to a timed call: the median of many. */
export function clockCostNs() {
  const samples = Array.from({ length: CLOCK_SAMPLES }, () => {
    const startNs = process.hrtime.bigint();
    return Number(process.hrtime.bigint() - startNs);
  });
  return percentile(samples, 0.5);
}

/**
 * @param {number[]} values sorted in place
 * @param {number} fraction
 */
export function percentile(values, fraction) {
  if (values.length === 0) return 0;
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(fraction * values.length))];
}
