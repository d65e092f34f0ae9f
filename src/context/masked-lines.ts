import { maskText } from '../masking/mask-text.js';
import type { SensitiveFields } from '../masking/sensitive-fields.js';
import type { LogDestination } from './logger.js';

/** Masks secrets in pino's JSON lines, which stay JSON. */
export class MaskedLines implements LogDestination {
  readonly #destination: LogDestination;
  readonly #sensitive: SensitiveFields;

  constructor(destination: LogDestination, sensitive: SensitiveFields) {
    this.#destination = destination;
    this.#sensitive = sensitive;
  }

  write(line: string): unknown {
    return this.#destination.write(maskText(line, this.#sensitive));
  }

  /** pino's logger.flush() calls it, where the destination has one. */
  flush(done?: (error?: Error) => void): void {
    const { flush } = this.#destination as { flush?: (done?: (error?: Error) => void) => void };
    if (typeof flush === 'function') flush.call(this.#destination, done);
    else done?.();
  }
}
