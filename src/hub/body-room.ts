import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.js';

/** The part of the room that only bodies with errors may use. */
const RESERVED_SHARE = 0.25;
/** How long a sender is asked to wait when there is no room, seconds. */
const RETRY_AFTER_S = 1;

/** The memory for bodies that are being received or wait to be stored, bounded in bytes. */
export class BodyRoom {
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes for which there may be room when nothing else waits. */
  limitOf(hasErrors: boolean): number {
    return this.#limitBytes * (hasErrors ? 1 : 1 - RESERVED_SHARE);
  }

  /** @throws Problem `overloaded` when there is no room; nothing is taken then. */
  take(bytes: number, hasErrors: boolean): void {
    if (this.#bytes + bytes > this.limitOf(hasErrors)) {
      const detail = `bodies of ${this.#bytes} bytes wait to be stored`;
      throw new Problem('overloaded', detail, { retryAfterS: RETRY_AFTER_S });
    }
    this.#bytes += bytes;
  }

  free(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * Receives a body of at most `most` bytes. Its room is taken as it comes, so that senders that are slow, or stop in
 * the middle, have no more than what they have sent; it is the caller's to free.
 *
 * @throws Problem (rejects) `too_large`, `overloaded`, `invalid` when it does not come to its end; nothing is taken then.
 */
export async function receiveBody(
  stream: IncomingMessage,
  room: BodyRoom,
  { most, hasErrors }: { most: number; hasErrors: boolean },
): Promise<Buffer> {
  // What is told beforehand is refused beforehand.
  if (Number(stream.headers['content-length'] ?? 0) > most) throw tooLarge(most);
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      if (bytes + part.length > most) throw tooLarge(most);
      room.take(part.length, hasErrors);
      bytes += part.length;
      parts.push(part);
    }
  } catch (error) {
    room.free(bytes);
    if (error instanceof Problem) throw error;
    throw new Problem('invalid', 'the body ended before it was whole');
  }
  return Buffer.concat(parts, bytes);
}

function tooLarge(most: number): Problem {
  return new Problem('too_large', `the body must have at most ${most} bytes`);
}
