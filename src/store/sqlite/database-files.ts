import {
  closeSync,
  existsSync,
  fstatSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';

/** In the order in which they are moved. */
const FILES = ['-wal', '-shm', ''];
/** What both logs hold of a database: other connections find what is written by their names. */
const LOG_FILES = ['-wal', '-shm'];
/** https://sqlite.org/fileformat2.html#walformat */
const LOG_HEAD_BYTES = 32;
const LOG_MAGIC = /^377f068[23]/;
/**
 * What is left of the log's file after a reader had made it grow: 56 MiB. SQLite cuts it to that with the first commit
 * after it has begun it anew.
 */
export const LOG_KEPT_BYTES = 56 * 2 ** 20;

/** What other programs have done to the files of a database that is open. */
export type Tampering =
  /** Nothing has its name any more, or another file has, or it was emptied. */
  | { readonly what: 'deleted' | 'other' | 'emptied' }
  /** A log has lost its name: nobody else would find what is written to it. */
  | { readonly what: 'log-removed' }
  /** The log has lost some of what was written to it; or all of it, which SQLite itself does, too. */
  | { readonly what: 'log-cut' | 'log-empty' };

/** The size of the write-ahead log, bytes. */
export function walBytesOf(path: string): number {
  try {
    return statSync(`${path}-wal`).size;
  } catch {
    return 0;
  }
}

/** Removes a database with its logs. */
export function removeDatabase(path: string): void {
  for (const suffix of FILES) rmSync(`${path}${suffix}`, { force: true });
}

/**
 * Looks by their names at the files that a connection has open, so that nothing is acknowledged that was
 * written where nobody finds it.
 */
export class DatabaseFiles {
  readonly path: string;
  /** Device and inode of the database. */
  readonly fileId: string;
  readonly #ids = new Map<string, string>();
  #log: LogState = { head: '', bytes: 0 };

  constructor(path: string) {
    this.path = path;
    this.fileId = fileIdOf(path) ?? '';
  }

  /** @throws what the file system throws when it cannot be asked. */
  tampering(): Tampering | undefined {
    const main = statOf(this.path);
    if (main === undefined) return { what: 'deleted' };
    if (idOf(main) !== this.fileId) return { what: 'other' };
    if (main.size === 0) return { what: 'emptied' };
    for (const suffix of LOG_FILES) {
      const stats = statOf(this.path + suffix);
      const known = this.#ids.get(suffix);
      if (known !== undefined && (stats === undefined || idOf(stats) !== known)) {
        return { what: 'log-removed' };
      }
      if (stats === undefined) continue;
      if (known === undefined) this.#ids.set(suffix, idOf(stats));
    }
    return this.#lookAtLog();
  }

  /** A log that SQLite begins anew has other numbers in its head; until then it only grows, but for {@link LOG_KEPT_BYTES}. */
  #lookAtLog(): Tampering | undefined {
    const before = this.#log;
    const now = readLog(`${this.path}-wal`);
    this.#log = now;
    if (now.bytes === 0) return before.bytes === 0 ? undefined : { what: 'log-empty' };
    const isShorter = now.head === before.head && now.bytes < before.bytes;
    const isCut = isShorter && now.bytes < LOG_KEPT_BYTES;
    return isCut || !LOG_MAGIC.test(now.head) ? { what: 'log-cut' } : undefined;
  }

  /** The log of a database whose name another file has taken is moved away: it is not that one's. */
  setLogAside(): void {
    const known = this.#ids.get('-wal');
    if (known === undefined || fileIdOf(`${this.path}-wal`) !== known) return;
    const target = `${this.path}.moved-${timeText()}`;
    for (const suffix of LOG_FILES) {
      if (existsSync(this.path + suffix)) renameSync(this.path + suffix, target + suffix);
    }
  }
}

interface LogState {
  /** Its first bytes in hexadecimal: what kind of file it is, and since when it is this log. */
  readonly head: string;
  readonly bytes: number;
}

/** No lock is on this file, so that closing it here takes none from SQLite. */
function readLog(path: string): LogState {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { head: '', bytes: 0 };
    throw error;
  }
  try {
    const bytes = fstatSync(file).size;
    const head = Buffer.alloc(LOG_HEAD_BYTES);
    readSync(file, head, 0, head.length, 0);
    return { head: head.toString('hex'), bytes };
  } finally {
    closeSync(file);
  }
}

/** Device and inode of what the path names now; undefined when there is nothing. */
export function fileIdOf(path: string): string | undefined {
  const stats = statOf(path);
  return stats && idOf(stats);
}

const idOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

/** Undefined when nothing has the name. What cannot be asked is no answer. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

const timeText = (): string => new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');

/**
 * Gives a database and its other files a name that says why and when, such as
 * `observability.db.corrupt-20260731T142345Z`. Nothing is ever deleted.
 *
 * @param fileId the file that is meant, undefined when nothing has the name: when that is not so any more,
 * because another process was faster, what is there now is left where it is.
 * @returns the new name of the database, else of its log; undefined when neither was left.
 */
export function setAside(
  path: string,
  reason: string,
  fileId: string | undefined,
): string | undefined {
  const time = timeText();
  let target = `${path}.${reason}-${time}`;
  for (let number = 2; FILES.some((suffix) => existsSync(target + suffix)); number++) {
    target = `${path}.${reason}-${time}.${number}`;
  }
  const isMeant = (name: string): boolean => fileIdOf(name) === fileId;
  // The log first: next to a new database it would be taken for that one's.
  const kept: string[] = [];
  for (const suffix of FILES) {
    if (!isMeant(path) || !renamed(path + suffix, target + suffix)) continue;
    // Another process may have put its new database there since it was looked at.
    if (isMeant(suffix === '' ? target : path)) kept.push(suffix);
    else putBack(target + suffix, path + suffix);
  }
  const main = kept.find((suffix) => suffix !== '-shm');
  if (kept.includes('')) return target;
  return main && target + main;
}

/** @returns false when there was nothing to rename. */
function renamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Never over a file that has come meanwhile. */
function putBack(from: string, to: string): void {
  try {
    linkSync(from, to);
    unlinkSync(from);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
