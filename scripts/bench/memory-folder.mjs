// A folder in memory, so that exports are compared and not disks.

import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { step } from '../lib/run.mjs';

/** From statfs(2). */
const TMPFS_MAGIC = 0x01021994;
/** One document of 1 M events takes about 350 MB, and an export keeps the old file to the end. */
const NEEDED_BYTES = 2 ** 30;

function isRoomyTmpfs(folder) {
  try {
    const { type, bavail, bsize } = statfsSync(folder);
    return type === TMPFS_MAGIC && bavail * bsize >= NEEDED_BYTES;
  } catch {
    return false; // not there
  }
}

/** Makes the folder; without a tmpfs of 1 GiB it is an ordinary temporary one, which is said. */
export function makeMemoryFolder() {
  const parent = ['/dev/shm', tmpdir()].find(isRoomyTmpfs);
  if (parent === undefined) {
    step(`bench: no tmpfs with 1 GiB free, so exports go to ${tmpdir()}, which may be a disk`);
  }
  const folder = mkdtempSync(`${parent ?? tmpdir()}/aegis-bench-`);
  return {
    folder,
    isMemory: parent !== undefined,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
