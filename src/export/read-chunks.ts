import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { expected, TraceError } from '../errors.js';

/** How far reading has come. */
export interface ReadProgress {
  bytesRead: number;
  /** The size of the file when it was opened. */
  bytesTotal: number;
}

/** Options of everything that reads an export from a file. */
export interface ReadOptions {
  /** Stops reading between two chunks, with `ERR_TRACE_CANCELLED`. Default: none. */
  signal?: AbortSignal | undefined;
  /** Called after each chunk of 256 KiB. Default: none. */
  onProgress?: ((progress: ReadProgress) => void) | undefined;
}

// Large enough that a read costs nothing per event, small enough to stay in a core's cache.
const CHUNK_BYTES = 256 * 1024;

/**
 * Reads a regular file chunk by chunk. Every chunk is a view on the same memory: use it before
 * asking for the next.
 *
 * @throws TraceError `ERR_TRACE_FILE` when it cannot be opened or read, or is not a regular file;
 * `ERR_TRACE_CANCELLED`; `ERR_TRACE_OPTION` for a path that is none.
 */
export async function* readChunks(
  path: string,
  options: ReadOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  if (typeof path !== 'string' || path === '') {
    throw expected('ERR_TRACE_OPTION', 'path', 'a non-empty string', path);
  }
  const { handle, bytesTotal } = await openRegularFile(path);
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let bytesRead = 0; ; ) {
      checkSignal(path, options.signal);
      const read = await handle.read(buffer, 0, CHUNK_BYTES, null).catch((cause: unknown) => {
        throw fileError(path, 'could not be read', cause);
      });
      if (read.bytesRead === 0) return;
      bytesRead += read.bytesRead;
      yield buffer.subarray(0, read.bytesRead);
      options.onProgress?.({ bytesRead, bytesTotal });
    }
  } finally {
    await handle.close();
  }
}

async function openRegularFile(path: string): Promise<{ handle: FileHandle; bytesTotal: number }> {
  let handle: FileHandle;
  let stats: Stats;
  try {
    // Without O_NONBLOCK, opening a FIFO waits for a writer, perhaps for ever. Windows has neither.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    throw fileError(path, 'could not be opened', cause);
  }
  try {
    stats = await handle.stat();
  } catch (cause) {
    await handle.close();
    throw fileError(path, 'could not be read', cause);
  }
  if (!stats.isFile()) {
    await handle.close();
    const what = stats.isDirectory() ? 'a directory' : 'a device, pipe or socket';
    const message = `${path} must be a regular file; got ${what}`;
    throw new TraceError('ERR_TRACE_FILE', message, { cause: new Error(`not a file: ${what}`) });
  }
  return { handle, bytesTotal: stats.size };
}

function checkSignal(path: string, signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new TraceError('ERR_TRACE_CANCELLED', `reading ${path} was stopped by the caller`, {
    cause: signal.reason,
  });
}

function fileError(path: string, what: string, cause: unknown): TraceError {
  return new TraceError('ERR_TRACE_FILE', `${path} ${what}: ${(cause as Error).message}`, {
    cause,
  });
}
