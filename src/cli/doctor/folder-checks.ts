import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseReader } from '../../store/sqlite/read-database.js';
import { messageOf } from '../../thrown.js';
import { formatCount } from '../format.js';
import { type Finding, fail, find, type Said, shownPath, warn } from './finding.js';

/** Below this a store fails soon, bytes. */
const FREE_MIN = 100e6;
const FREE_LOW = 1e9;
/** Magic numbers of file systems of other machines: mmap of a ring and SQLite's locks need a local one. statfs(2) */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x517b, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
]);

/** Where the database of a store or hub is, or will be. */
export async function checkFolder(database: string): Promise<Finding[]> {
  const folder = nearest(dirname(resolve(database)));
  return Promise.all([
    find('folder', () => checkAccess(folder)),
    find('disk', () => checkDisk(folder)),
    find('database', () => checkDatabase(resolve(database))),
    find('keys', () => checkKeys(join(dirname(resolve(database)), 'hub.keys'))),
  ]);
}

/** The folder, or the one in which it would be made. */
function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

function checkAccess(folder: string): Said {
  const shown = shownPath(folder);
  if (!statSync(folder).isDirectory()) {
    return fail(`${shown} is no folder`, 'give another --database');
  }
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch {
    return fail(
      `${shown} may not be written by user ${process.getuid?.() ?? ''}`,
      'let that user own it, or give another --database',
    );
  }
  return `${shown} can be written`;
}

function checkDisk(folder: string): Said {
  const { bavail, bsize, type } = statfsSync(folder);
  const free = bavail * bsize;
  const text = `${(free / 1e9).toFixed(1)} GB are free for ${shownPath(folder)}`;
  const remote = REMOTE.get(type);
  if (remote !== undefined) {
    return fail(`${shownPath(folder)} is on ${remote}`, 'use a local disk for databases and rings');
  }
  if (free < FREE_MIN) return fail(text, 'make room: a million events take some 400 MB');
  return free < FREE_LOW ? warn(text, 'make room, or keep events for less long') : text;
}

async function checkDatabase(path: string): Promise<Said> {
  if (!existsSync(path)) return `${shownPath(path)} is not there yet`;
  const { uid, size } = statSync(path);
  const user = process.getuid?.();
  let reader: DatabaseReader;
  try {
    reader = await DatabaseReader.open(path);
  } catch (error) {
    return fail(messageOf(error), 'give another --database, or move that file away');
  }
  try {
    const text = `${shownPath(path)}: ${formatCount(reader.count())} events, ${(size / 1e6).toFixed(1)} MB`;
    if (user !== undefined && user !== 0 && user !== uid) {
      return warn(`${text}, of user ${uid}`, `run what writes to it as that user; this is ${user}`);
    }
    return text;
  } finally {
    reader.close();
  }
}

function checkKeys(path: string): Said {
  const shown = shownPath(path);
  if (!existsSync(path)) return `${shown} is not there: a hub on this machine makes it`;
  const { mode } = statSync(path);
  if (process.platform === 'win32' || (mode & 0o077) === 0)
    return `${shown} is for its owner alone`;
  return fail(`${shown} can be read by others, and no hub starts with it`, `chmod 600 ${shown}`);
}
