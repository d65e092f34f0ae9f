import type { ReadProgress } from '../export/read-chunks.js';
import type { CliIo } from './cli-io.js';

// Nobody needs to be told about what is over by then.
const DELAY_MS = 500;
const INTERVAL_MS = 100;
const CLEAR_LINE = '\r\u001b[K';

/** Shows how far something has come, on stderr, when that is a terminal and it takes long. */
export class Progress {
  readonly #io: CliIo;
  #nextMs = Date.now() + DELAY_MS;
  #shown = false;

  constructor(io: CliIo) {
    this.#io = io;
  }

  /** To be given to a reader as its `onProgress`. */
  readonly onProgress = ({ bytesRead, bytesTotal }: ReadProgress): void =>
    this.show(`reading ${howFar(bytesRead, bytesTotal)}`);

  show(text: string): void {
    const now = Date.now();
    if (this.#io.stderr.isTTY !== true || now < this.#nextMs) return;
    this.#nextMs = now + INTERVAL_MS;
    this.#shown = true;
    this.#io.stderr.write(CLEAR_LINE + text);
  }

  /** Removes it; to be called before anything else is written to the terminal. */
  clear(): void {
    if (this.#shown) this.#io.stderr.write(CLEAR_LINE);
    this.#shown = false;
  }
}

/** Of a stream it is not known how long it is. */
function howFar(bytesRead: number, bytesTotal: number): string {
  if (bytesTotal === 0) return `${Math.floor(bytesRead / 1e6)} MB`;
  return `${Math.min(100, Math.floor((100 * bytesRead) / bytesTotal))} %`;
}
