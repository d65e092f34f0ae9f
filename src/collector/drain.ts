import { mkdirSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { integerIn } from '../arguments.js';
import { expected, TraceError } from '../errors.js';
import type { RecordedEvent, RunInfo } from '../event/recorded-event.js';
import { type NativeDrain, native } from './binding.js';
import { decodeRecordedEvents } from './decode.js';
import { DRAIN_COUNTERS } from './layout.js';
import { checkCount, runInfo } from './run-info.js';
import { openDrain, type TraceCollector } from './trace-collector.js';

export { OrphanSpill } from './orphan-spill.js';

export interface DrainOptions {
  /**
   * Memory for errors that were not acknowledged, in bytes, from 64 KiB to 1 GiB. Default 4 MiB. More
   * bridges a longer outage of the sink before errors cost a write to disk.
   */
  errorLaneBytes?: number | undefined;
  /**
   * The folder of the file that takes the errors for which this memory has no room; made when it does
   * not exist. Default: none, so that such errors are lost, and counted.
   */
  spillDirectory?: string | undefined;
  /** Size of that file, in bytes, from 1 MiB. Default 256 MiB. Errors beyond it are lost, and counted. */
  spillMaxBytes?: number | undefined;
}

/** What became of the events. */
export interface DrainStats {
  /** Events recorded and retained, not yet read. */
  backlog: number;
  /** Events overwritten or cleared before they were read, that the next read counts as missed. */
  overwritten: number;
  /** Errors in memory, not acknowledged. */
  laneEvents: number;
  laneBytes: number;
  /** Errors written to the spill file since the drain was opened. */
  spilled: number;
  /** Of these not acknowledged. */
  spillPending: number;
  /** Bytes of these. */
  spillBytes: number;
  /** Errors that neither memory nor disk could take, or that another program cut off the spill file. */
  lostErrors: number;
  /**
   * Events overwritten or cleared before they were read, but for errors that were kept elsewhere. Never
   * too many, never decreasing, and exact whenever the backlog is 0.
   */
  lost: number;
  /** Why an error could last not be spilled or read back: `ENOSPC`; `EFBIG` beyond `spillMaxBytes`; undefined: never. */
  lastSpillError: string | undefined;
}

/** What one read returned. */
export interface DrainedEvents {
  /** In order of recording. */
  events: RecordedEvent[];
  /** Events that were overwritten or cleared between the previous read and this one. */
  missed: number;
  /** Events that the gate has held back: see {@link Drain.setGate}. */
  heldBack: number;
}

/** Which events a drain gives: errors, and those of certain requests. */
export interface DrainGate {
  readonly requestIds: Iterable<string>;
  /** Of all other requests the share that is given too, by a hash of the id: 0 to 1. */
  readonly rate: number;
}

/** What a drain has been past, and the ring still has. */
export interface PastEvents {
  /** Those of the requests that were asked for. */
  events: RecordedEvent[];
  /** Events that the ring has no longer, of whatever requests. */
  overwritten: number;
  /** When the oldest event that the ring has was recorded, on the steady clock; undefined when it has none. */
  oldestNs: bigint | undefined;
}

/** No bound of its own: records are 16 KiB at most, and fewer than were asked for are all there are. */
const PEEK_BYTES = 2 ** 40;
const UINT32_RANGE = 2 ** 32;
/** What native code gives when there is no oldest event. */
const NO_TIME = -(2n ** 63n);

/**
 * Through which a pipeline reads a collector. While it is open, every event of severity Error and above
 * is kept a second time, in memory of its own or in the spill file, until it is acknowledged.
 *
 * Every method throws TraceError `ERR_TRACE_CLOSED` after close(), and `ERR_TRACE_MEMORY`.
 */
export class Drain {
  #native: NativeDrain | undefined;
  #run: RunInfo;
  readonly #counts = new Float64Array(2);
  readonly #past = new BigInt64Array(2);
  readonly #stats = new Float64Array(DRAIN_COUNTERS.length);

  private constructor(drain: NativeDrain) {
    this.#native = drain;
    this.#run = runInfo(drain.owner());
  }

  /**
   * Opens the drain of a collector, of which there can be one at a time.
   *
   * @throws TraceError `ERR_TRACE_DRAIN` when it has one, `ERR_TRACE_SPILL` when no file can be made in
   * the spill directory, `ERR_TRACE_OPTION`, `ERR_TRACE_CLOSED`, `ERR_TRACE_MEMORY`.
   */
  static open(collector: TraceCollector, options: DrainOptions = {}): Drain {
    const { minErrorLaneBytes: min, maxErrorLaneBytes: max } = native.limits;
    const { errorLaneBytes = native.limits.defaultErrorLaneBytes, spillDirectory } = options;
    if (!Number.isInteger(errorLaneBytes) || errorLaneBytes < min || errorLaneBytes > max) {
      const expectation = `an integer from ${min} to ${max}`;
      throw expected('ERR_TRACE_OPTION', 'errorLaneBytes', expectation, errorLaneBytes);
    }
    const spillMaxBytes = integerIn(options.spillMaxBytes, 'spillMaxBytes', {
      min: native.limits.minSpillBytes,
      max: Number.MAX_SAFE_INTEGER,
      fallback: native.limits.defaultSpillBytes,
    });
    const folder = prepareFolder(spillDirectory);
    return new Drain(openDrain(collector, errorLaneBytes, folder, spillMaxBytes));
  }

  /**
   * Whose events these are. Has the anchors of all that was read until now: a step of the wall clock is
   * noticed here at the latest. After close() as it was then.
   */
  get run(): RunInfo {
    if (this.#native !== undefined) this.#run = runInfo(this.#native.owner());
    return this.#run;
  }

  /**
   * The oldest errors that were not acknowledged, those in memory before those in the spill file, at
   * most `maxEvents`; fewer are all. The same again until they are acknowledged.
   */
  peekErrors(maxEvents: number): RecordedEvent[] {
    checkCount(maxEvents);
    return decodeRecordedEvents(this.#open().peekErrors(maxEvents, PEEK_BYTES));
  }

  /** Gives up exactly what the last peekErrors() returned. */
  acknowledgeErrors(): void {
    this.#open().acknowledgeErrors();
  }

  /** At most `maxEvents` of those recorded since the last read, errors among them too. */
  readEvents(maxEvents: number): DrainedEvents {
    checkCount(maxEvents);
    const events = decodeRecordedEvents(this.#open().readEvents(maxEvents, this.#counts));
    const [missed, heldBack] = this.#counts as unknown as [number, number];
    return { events, missed, heldBack };
  }

  /**
   * From now on readEvents() passes over what is neither an error nor of these requests; it does so without
   * copying or decoding it. Undefined: everything is given.
   */
  setGate(gate: DrainGate | undefined): void {
    const isOpen = gate === undefined || gate.rate >= 1;
    const threshold = isOpen ? 0 : Math.floor(gate.rate * UINT32_RANGE);
    this.#open().setGate(isOpen ? undefined : [...gate.requestIds], threshold);
  }

  /** What readEvents() has been past, of some requests: at most `maxEvents`, those of a thread in order. */
  past(requestIds: readonly string[], maxEvents: number): PastEvents {
    checkCount(maxEvents);
    const events = decodeRecordedEvents(this.#open().past(maxEvents, requestIds, this.#past));
    const [overwritten, oldestNs] = this.#past as unknown as [bigint, bigint];
    return {
      events,
      overwritten: Number(overwritten),
      oldestNs: oldestNs === NO_TIME ? undefined : oldestNs,
    };
  }

  stats(): DrainStats {
    const out = this.#stats;
    this.#open().stats(out);
    const { lastSpillErrno, ...counters } = Object.fromEntries(
      DRAIN_COUNTERS.map((name, index) => [name, out[index]]),
    ) as Record<(typeof DRAIN_COUNTERS)[number], number>;
    const isWell = lastSpillErrno === 0;
    return {
      ...counters,
      lastSpillError: isWell ? undefined : getSystemErrorName(-lastSpillErrno),
    };
  }

  /**
   * Moves the errors that were not acknowledged into the spill file, where {@link OrphanSpill} finds them.
   * May be called again.
   *
   * @returns how many were moved.
   */
  close(): { spilled: number } {
    this.#run = this.run;
    const spilled = this.#native?.close() ?? 0;
    this.#native = undefined;
    return { spilled };
  }

  #open(): NativeDrain {
    if (this.#native === undefined) throw new TraceError('ERR_TRACE_CLOSED', 'the drain is closed');
    return this.#native;
  }
}

function prepareFolder(path: unknown): string {
  if (path === undefined) return '';
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw expected('ERR_TRACE_OPTION', 'spillDirectory', 'a non-empty string', path);
  }
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new TraceError('ERR_TRACE_SPILL', `cannot make the spill directory ${path}`, { cause });
  }
  return path;
}
