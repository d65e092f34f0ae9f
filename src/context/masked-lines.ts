import { maskText } from '../masking/mask-text.js';
import type { SensitiveFields } from '../masking/sensitive-fields.js';
import type { LogDestination } from './logger.js';

/** Masks secrets in pino's JSON lines, which stay JSON, and shows them to whom else they concern. */
export class MaskedLines implements LogDestination {
  readonly #destination: LogDestination;
  readonly #sensitive: SensitiveFields;
  readonly #onLine: ((line: string) => void) | undefined;

  constructor(
    destination: LogDestination,
    sensitive: SensitiveFields,
    onLine?: (line: string) => void,
  ) {
    this.#destination = destination;
    this.#sensitive = sensitive;
    this.#onLine = onLine;
  }

  write(line: string): unknown {
    const masked = maskText(line, this.#sensitive);
    this.#onLine?.(masked);
    return this.#destination.write(masked);
  }

  /** pino's logger.flush() calls it, where the destination has one. */
  flush(done?: (error?: Error) => void): void {
    const { flush } = this.#destination as { flush?: (done?: (error?: Error) => void) => void };
    if (typeof flush === 'function') flush.call(this.#destination, done);
    else done?.();
  }
}
