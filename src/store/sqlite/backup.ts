import { closeSync, existsSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { TraceError } from '../../errors.js';
import { messageOf } from '../../thrown.js';
import { openForReading } from './open-database.js';
import { DatabaseReader } from './read-database.js';
import { syncFile } from './sync-file.js';

/** What a backup has. */
export interface BackupReport {
  readonly events: number;
  readonly bytes: number;
}

/**
 * Copies a database that may be in use, as it is at one moment, and reads the copy through before it gets its name.
 * Whoever writes is not held up: only the log cannot shrink meanwhile. See https://sqlite.org/lang_vacuum.html#vacuuminto
 *
 * @param target - a file that is not there; of mode 0600, durable when this resolves.
 * @throws TraceError (rejects) `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT` for a source that is none, `ERR_TRACE_PEER`;
 * nothing is left at `target` then.
 */
export async function backUpDatabase(source: string, target: string): Promise<BackupReport> {
  if (existsSync(target)) throw taken(target);
  const connection = await openForReading(source);
  const unfinished = `${target}.${process.pid}.tmp`;
  try {
    try {
      // SQLite would make it readable for everybody; an empty one it takes as it is.
      closeSync(openSync(unfinished, 'wx', 0o600));
      connection.run('VACUUM INTO ?', [unfinished]);
    } finally {
      connection.abandon();
    }
    const events = await checkedEvents(unfinished);
    const { size: bytes } = statSync(unfinished);
    syncFile(unfinished);
    // Not a rename, which would replace what has come to be there.
    linkSync(unfinished, target);
    syncFile(dirname(target));
    return { events, bytes };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw taken(target);
    if (cause instanceof TraceError) throw cause;
    const message = `${source} could not be copied to ${target}: ${messageOf(cause)}`;
    throw new TraceError('ERR_TRACE_FILE', message, { cause });
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** @throws TraceError when anything in the copy is not as it must be. */
async function checkedEvents(path: string): Promise<number> {
  const reader = await DatabaseReader.open(path);
  try {
    const [problem] = reader.problems();
    if (problem === undefined) return reader.count();
    throw new TraceError(
      'ERR_TRACE_FILE',
      `the copy is not sound, nor may be what was copied: ${problem}`,
    );
  } finally {
    reader.close();
  }
}

const taken = (target: string): TraceError =>
  new TraceError('ERR_TRACE_FILE', `${target} is there already; a backup overwrites nothing`);
