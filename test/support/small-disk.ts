import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { TestContext } from 'vitest';

/**
 * Mounts a file system of so many bytes on a new folder; skips the test where that is not allowed.
 *
 * @returns takes it away again, also while a process has files open in it.
 */
export function mountSmallDisk(context: TestContext, path: string, bytes: number): () => void {
  mkdirSync(path);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', path]);
  if (status !== 0) context.skip('no file system can be mounted here: that takes root');
  return () => void execFileSync('umount', ['--lazy', path]);
}
