import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TraceError } from '../errors.js';

/** A temporary file has at most so much, and at most half of what is free where it is. */
const BYTES_MAX = 16 * 2 ** 30;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Temporary files of one run of the command: for its owner only, and gone when it ends. */
export class Spool {
  readonly #bytesMax: number;
  #folder: string | undefined;
  #files = 0;

  /** @param bytesMax - of each file. Default: 16 GiB. */
  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /**
   * Keeps a stream in a file.
   *
   * @param name - of what is kept, for messages.
   * @returns its path.
   * @throws TraceError `ERR_TRACE_FILE` when it is too large or cannot be written.
   */
  async keep(name: string, chunks: AsyncIterable<Buffer>): Promise<string> {
    const { path, handle } = await this.#create(name);
    try {
      const limit = Math.min(this.#bytesMax, freeBytes(path) / 2);
      let bytes = 0;
      for await (const chunk of chunks) {
        bytes += chunk.length;
        if (bytes > limit) throw tooLarge(name, path, limit);
        await this.#write(name, handle, chunk);
      }
    } finally {
      await handle.close();
    }
    return path;
  }

  /** Removes all files. */
  readonly remove = (): void => {
    process.off('exit', this.remove);
    for (const signal of SIGNALS) process.off(signal, this.#removeAndDie);
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  };

  readonly #removeAndDie = (signal: NodeJS.Signals): void => {
    this.remove();
    // As if we had not listened, so that the shell sees why we ended.
    process.kill(process.pid, signal);
  };

  async #create(name: string): Promise<{ path: string; handle: FileHandle }> {
    try {
      if (this.#folder === undefined) {
        process.once('exit', this.remove);
        for (const signal of SIGNALS) process.once(signal, this.#removeAndDie);
        // Made with mode 0700.
        this.#folder = mkdtempSync(join(tmpdir(), 'aegis-trace-'));
      }
      const path = join(this.#folder, `${this.#files++}`);
      return { path, handle: await open(path, 'wx', 0o600) };
    } catch (cause) {
      throw unwritable(name, cause);
    }
  }

  async #write(name: string, handle: FileHandle, chunk: Buffer): Promise<void> {
    try {
      for (let at = 0; at < chunk.length; ) {
        at += (await handle.write(chunk, at)).bytesWritten;
      }
    } catch (cause) {
      throw unwritable(name, cause);
    }
  }
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

function unwritable(name: string, cause: unknown): TraceError {
  const message = `${name} has to be kept in a temporary file in ${tmpdir()}: ${(cause as Error).message}`;
  return new TraceError('ERR_TRACE_FILE', message, { cause });
}

function tooLarge(name: string, path: string, limit: number): TraceError {
  const mega = Math.floor(limit / 2 ** 20);
  return new TraceError(
    'ERR_TRACE_FILE',
    `${name} has to be kept in a temporary file, and is larger than the ${mega} MiB that ${path} may ` +
      'have: save it to a file and name that, or set TMPDIR to a folder with more room',
  );
}
