// The other side of the proof: what a run that is to crash says of itself, in files of its own. What was written to a
// file outlives the process, as the ring does, but by a way that has nothing to do with it.

import { openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const ID_BYTES = 16;
const FLUSH_INTERVAL_MS = 250;

/** Notes the id of every event whose record() has returned. One per thread; all append to one file. */
export class Journal {
  #file;

  /** @param {string} path of a file that exists */
  constructor(path) {
    this.#file = openSync(path, 'a');
  }

  /** An id never spans two pages of the file, so none is written by half. */
  add(eventId) {
    writeSync(this.#file, Buffer.from(eventId.replaceAll('-', ''), 'hex'));
  }
}

/**
 * @param {string} path
 * @returns {string[]} ids, roughly in the order of recording
 */
export function readJournal(path) {
  const hex = readFileSync(path).toString('hex');
  const ids = hex.match(new RegExp(`.{${2 * ID_BYTES}}`, 'g')) ?? [];
  return ids.map((id) => id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'));
}

/**
 * Flushes the pipeline now and then, and notes each time how much it had behind it. Does not end.
 *
 * @param {import('aegis-trace/pipeline').Pipeline} pipeline
 * @param {import('../files.mjs').RunFiles} files
 * @param {() => void} onNote called after each note of events
 */
export async function noteFlushes(pipeline, { returned, flushed }, onNote) {
  const file = openSync(flushed, 'a');
  for (;;) {
    // What is in the journal by now was recorded before the flush.
    const events = Math.floor(statSync(returned).size / ID_BYTES);
    if (await pipeline.flush()) {
      const { errors, lost } = pipeline.metrics();
      writeSync(file, `${JSON.stringify({ events, errors, lost })}\n`);
      if (events > 0) onNote();
    }
    await sleep(FLUSH_INTERVAL_MS);
  }
}

/**
 * @param {string} path
 * @returns {{ events: number, errors: number, lost: number }} the last note: events of the journal that were flushed,
 * errors that were acknowledged in all, and events lost in the ring by then
 */
export function lastFlush(path) {
  // The last line may be written by half.
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.length === 0 ? { events: 0, errors: 0, lost: 0 } : JSON.parse(lines.at(-1));
}
