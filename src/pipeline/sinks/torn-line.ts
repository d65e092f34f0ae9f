import { fstatSync, readSync } from 'node:fs';

const READ_BYTES = 64 * 1024;
const NEWLINE = 10;

/** What a file of lines holds. */
export interface LinesFound {
  readonly size: number;
  /** Where the last whole line ends. */
  readonly completeBytes: number;
  /**
   * What comes after that. `torn`: the beginning of a line of ours, or zeros, which is what a crash of the
   * machine may leave of one. `foreign line`: something else after lines of ours. `foreign file`: the
   * file does not begin as ours do, so that none of it may be touched.
   */
  readonly tail: 'nothing' | 'torn' | 'foreign line' | 'foreign file';
}

/** Looks at an open file. `prefix`: what every line of ours begins with. */
export function inspectLines(fd: number, prefix: string): LinesFound {
  const { size } = fstatSync(fd);
  const completeBytes = endOfLastLine(fd, size);
  const found = (tail: LinesFound['tail']) => ({ size, completeBytes, tail });
  if (completeBytes > 0 && !isOurs(fd, 0, size, prefix)) return found('foreign file');
  if (completeBytes === size) return found('nothing');
  if (isOurs(fd, completeBytes, size, prefix) || isZeroed(fd, completeBytes, size)) {
    return found('torn');
  }
  return found(completeBytes === 0 ? 'foreign file' : 'foreign line');
}

/** Whether what lies there begins as ours does, as far as it goes. */
function isOurs(fd: number, start: number, end: number, prefix: string): boolean {
  const buffer = Buffer.alloc(Math.min(prefix.length, end - start));
  const length = readSync(fd, buffer, 0, buffer.length, start);
  return prefix.startsWith(buffer.toString('latin1', 0, length));
}

function isZeroed(fd: number, start: number, end: number): boolean {
  const buffer = Buffer.alloc(READ_BYTES);
  for (let at = start; at < end; ) {
    const length = readSync(fd, buffer, 0, Math.min(READ_BYTES, end - at), at);
    if (length === 0) return true; // cut meanwhile
    if (buffer.subarray(0, length).some((byte) => byte !== 0)) return false;
    at += length;
  }
  return true;
}

function endOfLastLine(fd: number, size: number): number {
  const buffer = Buffer.alloc(READ_BYTES);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - READ_BYTES);
    const length = readSync(fd, buffer, 0, end - start, start);
    const at = buffer.subarray(0, length).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
