import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { TraceError } from '../../errors.js';
import { wallNsOf } from '../../event/clock.js';
import type { AppendOptions, AppendResult, EventSink } from '../../event/event-sink.js';
import type { PlacedEvent, RunInfo } from '../../event/placed-event.js';
import { formatEventLine } from '../../wire/event-line.js';
import type { CheckedJsonLines } from '../options.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
const SEARCH_BYTES = 64 * 1024;
const NEWLINE = 10;

/**
 * JSON lines. An append that fails is undone before the next one, so that no line is torn and none is
 * there twice; what a crash left torn is cut off when the file is opened.
 *
 * Calls are synchronous: the sink has a thread to itself.
 */
export class JsonLinesSink implements EventSink {
  readonly #options: CheckedJsonLines;
  #fd: number | undefined;
  /** Length of what is complete; what lies behind it is left of an append that failed. */
  #completeBytes = 0;
  #isTorn = false;
  #bornAtMs = 0;

  constructor(options: CheckedJsonLines) {
    this.#options = options;
  }

  async append(
    run: RunInfo,
    events: readonly PlacedEvent[],
    { durable = false }: AppendOptions = {},
  ): Promise<AppendResult> {
    const bytes = Buffer.from(events.map((event) => lineOf(run, event)).join(''));
    const fd = this.#fileFor(bytes.length);
    this.#isTorn = true;
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    if (durable) fsyncSync(fd);
    this.#completeBytes += bytes.length;
    this.#isTorn = false;
    return { inserted: events.length, duplicates: 0, rejected: [] };
  }

  async close(): Promise<void> {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    closeSync(fd);
  }

  /** The open file, whole lines only, with room for so many bytes more. */
  #fileFor(bytes: number): number {
    const fd = this.#openFile();
    if (this.#isTorn) {
      ftruncateSync(fd, this.#completeBytes);
      this.#isTorn = false;
    }
    const { maxBytes, maxAgeMs } = this.#options;
    const isFull = this.#completeBytes + bytes > maxBytes;
    const isOld = maxAgeMs > 0 && Date.now() - this.#bornAtMs >= maxAgeMs;
    if (this.#completeBytes === 0 || !(isFull || isOld)) return fd;
    fsyncSync(fd);
    this.#fd = undefined;
    closeSync(fd);
    this.#rotate();
    return this.#open();
  }

  /** The file, opened anew when somebody has deleted it: what is written to that one nobody sees. */
  #openFile(): number {
    if (this.#fd === undefined) return this.#open();
    const fd = this.#fd;
    if (fstatSync(fd).nlink > 0) return fd;
    // Forgotten first: where it cannot be opened anew, the number is soon that of another file.
    this.#fd = undefined;
    closeSync(fd);
    return this.#open();
  }

  #open(): number {
    const { path } = this.#options;
    const fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) {
        throw new TraceError('ERR_TRACE_FILE', `${path} must be a regular file to hold JSON lines`);
      }
      this.#completeBytes = endOfLastLine(fd, stat.size);
      this.#isTorn = this.#completeBytes < stat.size;
      this.#bornAtMs = stat.size === 0 ? Date.now() : stat.birthtimeMs;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#fd = fd;
    return fd;
  }

  /** path.1 becomes path.2 and so on; the last goes, and path becomes path.1. */
  #rotate(): void {
    const { path, keepFiles } = this.#options;
    if (keepFiles === 0) rmSync(path, { force: true });
    for (let number = keepFiles - 1; number >= 0; number--) {
      const from = number === 0 ? path : `${path}.${number}`;
      try {
        renameSync(from, `${path}.${number + 1}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }
}

function lineOf(run: RunInfo, placed: PlacedEvent): string {
  return `${formatEventLine(run, placed, wallNsOf(run, placed.event.timestampNs))}\n`;
}

/** Where the last complete line ends. */
function endOfLastLine(fd: number, size: number): number {
  const buffer = Buffer.alloc(SEARCH_BYTES);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - SEARCH_BYTES);
    const length = readSync(fd, buffer, 0, end - start, start);
    const at = buffer.subarray(0, length).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
