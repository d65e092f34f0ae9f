import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { TraceError } from '../../errors.js';
import { inspectLines } from './torn-line.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
/** So often a file may be deleted or cut during one append. */
const ATTEMPTS_MAX = 3;

/** What a {@link LineFile} is and how it is rotated; all but `prefix` as in JsonLinesOptions. */
export interface LineFileOptions {
  /** Absolute. */
  readonly path: string;
  /** What every line begins with: tells lines of ours from those of somebody else. */
  readonly prefix: string;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly keepFiles: number;
  /** Told when another program has taken lines away: deleted or cut the file. */
  readonly onTrouble: (message: string) => void;
}

/**
 * A file of lines that other programs may rename, delete, replace and cut while it is open. An append that
 * fails is undone before the next one, so that no line is torn and none is there twice. Before and
 * after each append the path and the open file are compared: when append() has returned, the lines are in a
 * file that has a name and was not cut.
 *
 * Calls are synchronous: the pipeline has a thread to itself.
 */
export class LineFile {
  readonly #options: LineFileOptions;
  #fd: number | undefined;
  /** Length of what is complete, and of what an append that failed has left after it. */
  #completeBytes = 0;
  #tornBytes = 0;
  /** Age when it was opened, and that moment on a clock that nobody sets. */
  #openedAgeMs = 0;
  #openedAtMs = 0;
  /** Whether a crash of the machine may take the name of the file away. */
  #isNameSynced = false;

  constructor(options: LineFileOptions) {
    this.#options = options;
  }

  /** @throws TraceError `ERR_TRACE_OPTION` when the path names a file of somebody else. */
  open(): void {
    this.#fd ??= this.#open();
  }

  /** Appends whole lines; with `durable` they are on the disk when this returns. */
  append(lines: Buffer, durable: boolean): void {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const fd = this.#fileFor(lines.length);
      while (this.#tornBytes < lines.length) {
        this.#tornBytes += writeSync(fd, lines, this.#tornBytes);
      }
      if (durable) this.#sync(fd);
      const endBytes = this.#completeBytes + lines.length;
      const { nlink, size } = fstatSync(fd);
      if (nlink > 0 && size >= endBytes) {
        this.#completeBytes = size;
        this.#tornBytes = 0;
        return;
      }
      // What was just written nobody can read any more, or only in part: once more.
      if (size < endBytes) this.#noticeCut(fd);
    }
    const { path } = this.#options;
    throw new TraceError('ERR_TRACE_FILE', `${path} is deleted or cut as often as it is written`);
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd === undefined) return;
    try {
      this.#undo(fd);
    } catch {
      // The next one to open the file cuts off the torn line.
    }
    closeSync(fd);
  }

  /** The open file, whole lines only, with room for so many bytes more. */
  #fileFor(bytes: number): number {
    if (this.#fd !== undefined && this.#isElsewhere(this.#fd)) this.close();
    this.#fd ??= this.#open();
    const fd = this.#fd;
    if (fstatSync(fd).size < this.#completeBytes) this.#noticeCut(fd);
    this.#undo(fd);
    const { maxBytes, maxAgeMs } = this.#options;
    const isFull = this.#completeBytes + bytes > maxBytes;
    const ageMs = this.#openedAgeMs + (performance.now() - this.#openedAtMs);
    const isOld = maxAgeMs > 0 && ageMs >= maxAgeMs;
    if (this.#completeBytes === 0 || !(isFull || isOld)) return fd;
    fsyncSync(fd);
    this.#fd = undefined;
    closeSync(fd);
    this.#rotate();
    this.#fd = this.#open();
    return this.#fd;
  }

  /** Whether the path names another file than the open one, or none: it was renamed, or is gone. */
  #isElsewhere(fd: number): boolean {
    const { path, onTrouble } = this.#options;
    const opened = fstatSync(fd, { bigint: true });
    try {
      const named = lstatSync(path, { bigint: true });
      if (named.ino === opened.ino && named.dev === opened.dev) return false;
    } catch (error) {
      // Where the folder cannot be searched any more the open file still has its name.
      if (!isGone(error) && opened.nlink > 0n) return false;
    }
    if (opened.nlink === 0n) onTrouble(`${path} was deleted while it was open; a new file is made`);
    return true;
  }

  #noticeCut(fd: number): void {
    const { path, onTrouble } = this.#options;
    onTrouble(`${path} was cut to ${fstatSync(fd).size} bytes while it was open`);
    this.#inspect(fd);
  }

  /** Takes back what is left of an append that failed. */
  #undo(fd: number): void {
    if (this.#tornBytes === 0) return;
    const { size } = fstatSync(fd);
    if (size <= this.#completeBytes + this.#tornBytes) {
      if (size > this.#completeBytes) ftruncateSync(fd, this.#completeBytes);
    } else {
      // Somebody else has written after it: their lines stay, and ours is ended where it is.
      this.#completeBytes = size + writeSync(fd, '\n');
    }
    this.#tornBytes = 0;
  }

  #open(): number {
    const { path } = this.#options;
    const fd = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) {
        throw new TraceError('ERR_TRACE_FILE', `${path} must be a regular file to hold JSON lines`);
      }
      this.#inspect(fd);
      this.#openedAtMs = performance.now();
      // A clock that was wrong, then or now, makes a file at most new.
      this.#openedAgeMs = stat.size === 0 ? 0 : Math.max(0, Date.now() - stat.birthtimeMs);
      this.#isNameSynced = false;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return fd;
  }

  /** Finds where the whole lines end, and repairs what is torn after them. */
  #inspect(fd: number): void {
    const { path, prefix } = this.#options;
    const { completeBytes, size, tail } = inspectLines(fd, prefix);
    if (tail === 'foreign file') {
      throw new TraceError(
        'ERR_TRACE_OPTION',
        `${path} must be a new file, or one of lines that begin with ${prefix}; it holds something else`,
      );
    }
    if (tail === 'torn') ftruncateSync(fd, completeBytes);
    this.#completeBytes = tail === 'foreign line' ? size + writeSync(fd, '\n') : completeBytes;
    this.#tornBytes = 0;
  }

  #sync(fd: number): void {
    fsyncSync(fd);
    if (this.#isNameSynced) return;
    syncFolder(dirname(this.#options.path));
    this.#isNameSynced = true;
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
        if (!isGone(error)) throw error;
      }
    }
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Names of new files outlive a crash of the machine after this. */
function syncFolder(path: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    fsyncSync(fd);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    // A folder that may be written but not read, and file systems that know no such thing.
    if (!['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP'].includes(code)) throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
