// The log of the run: one file that every thread appends whole lines to.

import { getLogger } from 'aegis-trace/context';
import pino from 'pino';

/** Lines are written so many bytes at a time: a system call each would cost the scheduler more than the lines do. */
const BUFFER_BYTES = 4_096;

/** Wall time with a fraction of the millisecond: much happens within one. */
const timestamp = () => `,"time":${performance.timeOrigin + performance.now()}`;

/** The loggers of one thread. A line written in an operation carries its id. */
export class Log {
  #destination;

  /** @param {string} file that exists */
  constructor(file) {
    this.#destination = pino.destination({ dest: file, sync: true, minLength: BUFFER_BYTES });
  }

  /** @param {string} name of the component */
  logger(name) {
    return getLogger(name, { destination: this.#destination, timestamp, format: 'json' });
  }

  close() {
    this.#destination.flushSync();
  }
}
