import { writeSync } from 'node:fs';

/** A pipe whose reader is busy: it is tried again so often, at such intervals. */
const TRIES = 20;
const PAUSE_MS = 5;

/** Says a line on stderr, from any thread and also when nothing else runs any more. */
export function toStderr(text: string): void {
  let rest = Buffer.from(`aegis-trace: ${text}\n`);
  for (let tries = 0; tries < TRIES && rest.length > 0; tries++) {
    try {
      rest = rest.subarray(writeSync(2, rest));
    } catch (error) {
      // Nobody is listening; the metrics say the same.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
