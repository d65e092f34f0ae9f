import type { Writable } from 'node:stream';

const BATCH_CHARACTERS = 64 * 1024;

/**
 * Writes to a stream in batches and waits for each, so that a slow reader (`| less`) slows us down
 * instead of filling memory. Call {@link flush} at the end.
 */
export class Output {
  readonly #stream: Writable;
  #batch = '';

  constructor(stream: Writable) {
    this.#stream = stream;
    // Failed writes reject below; without a listener the same error would end the process.
    stream.on('error', ignore);
  }

  /** @throws what the stream reports, such as EPIPE: see {@link isClosedPipe}. */
  async line(text: string): Promise<void> {
    this.#batch += `${text}\n`;
    if (this.#batch.length >= BATCH_CHARACTERS) await this.flush();
  }

  /** @throws as {@link line}. */
  async flush(): Promise<void> {
    if (this.#batch === '') return;
    const batch = this.#batch;
    this.#batch = '';
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(batch, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** Whether an error says that the reader of our output has gone, as `head` does. Not a failure. */
export function isClosedPipe(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED';
}

function ignore(): void {}
