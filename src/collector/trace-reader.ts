import { expected, TraceError } from '../errors.js';
import type { TraceEvent } from '../event/trace-event.js';
import type { NativeReader } from './binding.js';
import { decodeEvents } from './decode.js';

/** What one read returned. */
export interface ReadResult {
  /** In order of recording: sorted across threads, each thread's events in their exact order. */
  events: TraceEvent[];
  /** Events that were overwritten or cleared between the previous read and this one. */
  missed: number;
}

const DEFAULT_MAX_EVENTS = 1000;

/**
 * A cursor on the ring, made by `collector.reader()`. It removes nothing and holds no events: any
 * number may read the same collector. Over its life every event is returned once or counted once as
 * missed.
 */
export class TraceReader {
  #native: NativeReader | undefined;
  readonly #missed = new Float64Array(1);

  /** @internal */
  constructor(native: NativeReader) {
    this.#native = native;
  }

  /**
   * Returns at most `maxEvents` (default 1000) of those recorded since the last read, oldest first.
   *
   * @throws TraceError `ERR_TRACE_OPTION` when maxEvents is not an integer of 0 or more,
   * `ERR_TRACE_CLOSED` after close().
   */
  read(maxEvents: number = DEFAULT_MAX_EVENTS): ReadResult {
    if (!Number.isSafeInteger(maxEvents) || maxEvents < 0) {
      throw expected('ERR_TRACE_OPTION', 'maxEvents', 'an integer of 0 or more', maxEvents);
    }
    if (this.#native === undefined)
      throw new TraceError('ERR_TRACE_CLOSED', 'the reader is closed');
    const events = decodeEvents(this.#native.read(maxEvents, this.#missed));
    return { events, missed: this.#missed[0] as number };
  }

  /** Lets go of the ring. May be called again. */
  close(): void {
    this.#native?.close();
    this.#native = undefined;
  }
}
