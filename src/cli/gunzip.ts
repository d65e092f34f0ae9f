import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TraceError } from '../errors.js';

const CHUNK_BYTES = 256 * 1024;

/**
 * Decompresses as it is asked, so that what expands without end fills no memory.
 *
 * @param name - of the file, for messages.
 * @throws TraceError `ERR_TRACE_FORMAT` for damaged data and data that ends too early; what `chunks` throws.
 */
export async function* gunzip(
  name: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  const source = Readable.from(copies(chunks), { objectMode: false, highWaterMark: CHUNK_BYTES });
  const inflate = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  try {
    for await (const chunk of inflate) yield chunk as Buffer;
  } catch (cause) {
    const code = (cause as { code?: unknown }).code;
    if (typeof code !== 'string' || !code.startsWith('Z_')) throw cause;
    const what = code === 'Z_BUF_ERROR' ? 'ends too early' : 'is damaged';
    const message = `${name}: the gzip data ${what}: ${(cause as Error).message}`;
    throw new TraceError('ERR_TRACE_FORMAT', message, { cause });
  } finally {
    source.destroy();
    inflate.destroy();
  }
}

/** A reader's chunks are all the same memory, and decompressing takes its time. */
async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}
