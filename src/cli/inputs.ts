import { createReadStream, statSync } from 'node:fs';
import { TraceError } from '../errors.js';
import { type ReadProgress, readChunks } from '../export/read-chunks.js';
import type { CliIo } from './cli-io.js';
import { gunzip } from './gunzip.js';
import { kindOf } from './magic.js';
import { Spool } from './spool.js';

/** Of a stream so much is looked at before it is known what it is. */
const HEAD_BYTES = 64 * 1024;

/** What FILE means. */
export interface Input {
  /** For messages. */
  readonly name: string;
  /** How it begins, decompressed. */
  readonly head: Buffer;
  /** Begins a pass over its bytes, decompressed; of a stream there is but one. */
  readonly chunks: () => AsyncIterable<Buffer>;
  /** A path under which all of it can be read, decompressed; kept in a temporary file where need be. */
  readonly path: () => Promise<string>;
}

/** Opens what commands are given as FILE: a file, a pipe, `-` for stdin; each of them also as gzip. */
export class Inputs {
  readonly #io: CliIo;
  readonly #onProgress: (progress: ReadProgress) => void;
  readonly #spool: Spool;

  constructor(io: CliIo, onProgress: (progress: ReadProgress) => void, spool = new Spool()) {
    this.#io = io;
    this.#onProgress = onProgress;
    this.#spool = spool;
  }

  /**
   * @param options.isOnce - one pass is enough, so that a stream need not be kept.
   * @throws TraceError `ERR_TRACE_FILE` when it cannot be opened or read.
   */
  async open(file: string, { isOnce }: { isOnce: boolean }): Promise<Input> {
    if (file !== '-' && !isStream(file)) return this.#ofFile(file, file);
    const name = file === '-' ? 'stdin' : file;
    const stream = this.#streamOf(file, name);
    const { head, chunks } = await peek(stream);
    // A stream is decompressed here, a file in each pass.
    const plain =
      kindOf(name, head) === 'gzip' ? await peek(gunzip(name, chunks())) : { head, chunks };
    if (!isOnce) return this.#ofFile(await this.#spool.keep(name, plain.chunks()), name);
    return { name, ...plain, path: () => this.#spool.keep(name, plain.chunks()) };
  }

  /** Where the key of a hub may be. */
  get env(): CliIo['env'] {
    return this.#io.env;
  }

  /** Removes what was kept. */
  close(): void {
    this.#spool.remove();
  }

  async #ofFile(path: string, name: string): Promise<Input> {
    const raw = () => readChunks(path, { onProgress: this.#onProgress });
    const { head } = await peek(readChunks(path), true);
    if (kindOf(name, head) !== 'gzip') return { name, head, chunks: raw, path: async () => path };
    const chunks = () => gunzip(name, raw());
    const plain = await peek(gunzip(name, readChunks(path)), true);
    return { name, head: plain.head, chunks, path: () => this.#spool.keep(name, chunks()) };
  }

  async *#streamOf(file: string, name: string): AsyncGenerator<Buffer> {
    const stream = file === '-' ? this.#io.stdin() : createReadStream(file);
    let bytesRead = 0;
    try {
      for await (const chunk of stream) {
        yield Buffer.from(chunk);
        bytesRead += chunk.length;
        this.#onProgress({ bytesRead, bytesTotal: 0 });
      }
    } catch (cause) {
      const message = `${name} could not be read: ${(cause as Error).message}`;
      throw new TraceError('ERR_TRACE_FILE', message, { cause });
    }
  }
}

/** Whether a path names what can be read once only: a FIFO, `<(…)`, a terminal. */
function isStream(path: string): boolean {
  const stats = path === '' ? undefined : statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.isFIFO() || stats.isCharacterDevice());
}

/** How chunks begin, and the same chunks from there; without `isOver` the iteration goes on. */
async function peek(
  source: AsyncGenerator<Buffer>,
  isOver = false,
): Promise<{ head: Buffer; chunks: () => AsyncGenerator<Buffer> }> {
  const parts: Buffer[] = [];
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
    const { value, done } = await source.next();
    if (done) break;
    parts.push(Buffer.from(value));
    bytes += value.length;
  }
  if (isOver) await source.return(undefined);
  const head = Buffer.concat(parts);
  async function* chunks() {
    if (head.length > 0) yield head;
    yield* source;
  }
  return { head, chunks };
}
