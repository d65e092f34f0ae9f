// The files of a run: all beside the export and named after it.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { SqliteStore } from 'aegis-trace/store';
import { ScriptError } from '../lib/run.mjs';

/**
 * @typedef {object} RunFiles
 * @property {string} out the export
 * @property {string} log
 * @property {string} ring
 * @property {string} database
 * @property {string} spill a folder
 * @property {string} returned of a run that is to crash: the events whose record() has returned
 * @property {string} flushed of the same: how many of them a flush() had behind it
 */

/**
 * @param {string} out
 * @returns {RunFiles}
 */
export function filesBeside(out) {
  const stem = out.replace(/\.json$/, '');
  return {
    out,
    log: `${stem}.log`,
    ring: `${stem}.ring`,
    database: `${stem}.db`,
    spill: `${stem}.spill`,
    returned: `${stem}.returned`,
    flushed: `${stem}.flushed`,
  };
}

/** As it is shown: short, where it is near. */
export function nearName(file) {
  const near = relative(process.cwd(), file);
  return near.startsWith('..') ? file : near;
}

/**
 * Makes an empty log and an empty database: a run is told from the one before it by nothing that a newcomer would look
 * at, and requests of the same workload have the same names. The ring is not touched here: its collector keeps the one
 * before as FILE.1.
 *
 * @param {RunFiles} files
 */
export async function beginFiles(files) {
  mkdirSync(dirname(files.out), { recursive: true });
  try {
    writeFileSync(files.log, '');
  } catch (cause) {
    throw new ScriptError(`cannot write the log: ${cause.message}`, { exitCode: 2, cause });
  }
  await beginDatabase(files);
}

async function beginDatabase({ database, spill }) {
  try {
    // Opened before it is removed: the database of another program is refused here, and left alone.
    await (await SqliteStore.open({ path: database })).close();
    for (const end of ['', '-wal', '-shm']) rmSync(database + end, { force: true });
    mkdirSync(spill, { recursive: true });
    for (const name of readdirSync(spill)) if (isSpill(name)) rmSync(join(spill, name));
  } catch (cause) {
    const message = `cannot begin the database: ${cause.message}`;
    throw new ScriptError(message, { exitCode: 2, cause });
  }
}

/** docs/formats/spill-file.md */
const isSpill = (name) => name.startsWith('errors-') && name.endsWith('.spill');
