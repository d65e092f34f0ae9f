import { TraceError } from '../errors.js';
import type { RecordedEvent, RunInfo } from '../event/recorded-event.js';
import { type NativeOrphanSpill, native } from './binding.js';
import { decodeRecordedEvents } from './decode.js';
import { checkCount, runInfo } from './run-info.js';

/** Bytes of records that one peek copies at most, but for one record. */
const PEEK_BYTES = 4 * 1024 * 1024;

/**
 * The errors that a process which is dead, or a drain which is closed, left on disk. Nobody else can
 * open the file meanwhile. What is torn or damaged in it is skipped.
 *
 * Every method throws TraceError `ERR_TRACE_CLOSED` after close(), and `ERR_TRACE_SPILL` for what the
 * file system refuses.
 */
export class OrphanSpill {
  #native: NativeOrphanSpill | undefined;
  #run: RunInfo;

  private constructor(spill: NativeOrphanSpill, run: RunInfo) {
    this.#native = spill;
    this.#run = run;
  }

  /** Whose errors these are, with the anchors of all that was peeked at. */
  get run(): RunInfo {
    return this.#run;
  }

  /**
   * The paths of the spill files in a folder that nobody has open, sorted. A folder that does not exist
   * has none.
   */
  static list(spillDirectory: string): string[] {
    return native.listOrphanSpills(spillDirectory);
  }

  /**
   * @returns undefined when somebody has the file open, or it is no more.
   * @throws TraceError `ERR_TRACE_SPILL` when it cannot be read, or its header is none or damaged.
   */
  static open(path: string): OrphanSpill | undefined {
    const spill = new native.NativeOrphanSpill(path);
    const owner = spill.owner();
    return owner && new OrphanSpill(spill, runInfo(owner));
  }

  /** Stretches of the file, as far as it was peeked at, that hold no event: torn or damaged. */
  get skipped(): number {
    return this.#open().skipped();
  }

  /** The oldest that were not acknowledged, at most `maxEvents` and about 4 MiB. */
  peek(maxEvents: number): RecordedEvent[] {
    checkCount(maxEvents);
    const spill = this.#open();
    const events = decodeRecordedEvents(spill.peek(maxEvents, PEEK_BYTES));
    const owner = spill.owner();
    if (owner !== undefined) this.#run = runInfo(owner);
    return events;
  }

  /** Goes on after what the last peek returned. The file stays as it is until {@link remove}. */
  acknowledge(): void {
    this.#open().acknowledge();
  }

  /** Deletes the file. */
  remove(): void {
    this.#open().remove();
  }

  /** Lets go of the file. May be called again. */
  close(): void {
    this.#native?.close();
    this.#native = undefined;
  }

  #open(): NativeOrphanSpill {
    if (this.#native !== undefined) return this.#native;
    throw new TraceError('ERR_TRACE_CLOSED', 'the spill file is closed');
  }
}
