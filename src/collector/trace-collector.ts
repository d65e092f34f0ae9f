import { expected, TraceError } from '../errors.js';
import { type RecordingToggle, withProcessToggle } from '../event/recording-toggle.js';
import type { Severity } from '../event/severity.js';
import type { TraceEvent, TraceEventInput } from '../event/trace-event.js';
import { isUuid } from '../event/uuid.js';
import { TAKES_LISTS } from './attribute-list.js';
import { type NativeCollector, type NativeDrain, native, type RecordStrings } from './binding.js';
import { decodeEvents, decodeEventsInSlices } from './decode.js';
import { noteExitInFiles } from './end-process.js';
import { type ExportOptions, type ExportResult, runExport } from './export-job.js';
import { RING_FILE_STATES, type RingFileState, warnOfFile } from './file-state.js';
import { COLLECTOR_COUNTERS } from './layout.js';
import { type CollectorOptions, checkOptions } from './options.js';
import { checkQuery, type TraceQuery } from './query.js';
import { RecordFrame } from './record-frame.js';
import { REFUSED_AFTER_CLOSE, type Refusal, refusedByThrow, warnOfRefusal } from './refusal.js';
import { TraceReader } from './trace-reader.js';

/** Counters of a collector at one instant: `recorded === size + dropped + cleared`, exactly. */
export interface CollectorStats {
  capacity: number;
  /** Events retained. */
  size: number;
  /** Events accepted since construction. */
  recorded: number;
  /** Oldest events given up for newer ones. */
  dropped: number;
  /** Events removed by clear(). */
  cleared: number;
  /** Events that could not be stored, so not in `recorded`. */
  rejected: number;
  /** Why record() of this object refused last: which field, what was expected, what came. */
  lastRejection: string | undefined;
  /** Recorded events of which some part was cut off. */
  truncated: number;
  /** Ring memory held now. */
  bytes: number;
  /** What has become of the ring's file. */
  fileState: RingFileState;
}

/** Names a collector of this process. Plain data: it can be posted to a worker thread. */
export interface CollectorHandle {
  readonly aegisTraceCollector: string;
}

/** In place of options: opens what is shared under this name. Not exported, so only attach() can. */
class SharedName {
  constructor(readonly name: string) {}
}

/** How drain.ts reaches what is private here. */
let nativeOf: (collector: TraceCollector) => NativeCollector;

/** Opens the one drain of a collector. @throws TraceError as {@link Drain.open}. @internal */
export function openDrain(
  collector: TraceCollector,
  errorLaneBytes: number,
  spillFolder: string,
  spillMaxBytes: number,
): NativeDrain {
  return nativeOf(collector).drain(errorLaneBytes, spillFolder, spillMaxBytes);
}

/**
 * Ends the lane of errors of whatever drain the collector has, wherever that is: moves what is in it into
 * the spill file. Waits so long at most for a thread that is at the lane just now.
 *
 * @returns how many were moved, or undefined when it could not begin.
 * @throws TraceError `ERR_TRACE_CLOSED`.
 * @internal
 */
export function endDrainOf(collector: TraceCollector, waitMs: number): number | undefined {
  return nativeOf(collector).endDrain(waitMs);
}

/**
 * The flight recorder: keeps the newest `capacity` events of all threads in native memory.
 *
 * One collector may be used from every thread of the process: `share()` it, post the handle, and
 * `attach()` it there. The ring lives until its last owner closes it or is garbage collected.
 */
export class TraceCollector {
  static {
    Object.defineProperty(TraceCollector.prototype, TAKES_LISTS, {
      value: TraceCollector.prototype.record,
    });
  }

  #native: NativeCollector | undefined;
  readonly #frame = new RecordFrame(() => this.#tellOfFile());
  readonly #file: string | undefined;
  readonly #recordStrings: RecordStrings;
  /** Not 0 while recording is on: memory of the ring, which every thread sees. */
  readonly #recording: Int32Array;
  #unfollow: (() => void) | undefined;
  #closedStats: CollectorStats | undefined;
  #lastRejection: string | undefined;

  static {
    nativeOf = (collector) => collector.#open();
  }

  /**
   * @throws TraceError `ERR_TRACE_OPTION` for an unknown option or a value out of range,
   * `ERR_TRACE_MEMORY`; `ERR_TRACE_FILE` when the ring file cannot be made or reserved, or a live
   * collector has it.
   */
  constructor(options: CollectorOptions = {}) {
    let toggle: RecordingToggle | undefined;
    if (options instanceof SharedName) {
      this.#native = new native.NativeCollector(this.#frame.buffer, options.name);
    } else {
      const { capacity, maxBytes, file, keepFiles, ...checked } = checkOptions(options);
      const { buffer } = this.#frame;
      toggle = checked.toggle;
      this.#file = file;
      if (file !== undefined) noteExitInFiles();
      this.#native = new native.NativeCollector(buffer, capacity, maxBytes, file, keepFiles);
    }
    this.#recordStrings = this.#native.recorder();
    this.#recording = new Int32Array(this.#native.recordingWord() ?? new Int32Array([1]).buffer);
    // Who attaches to a ring sees its word, which its maker has switched.
    if (options instanceof SharedName) return;
    if (toggle !== undefined) this.#follow(toggle);
    else this.#followProcess();
  }

  /**
   * Opens a collector that another thread of this process has shared.
   *
   * @throws TraceError `ERR_TRACE_HANDLE` when the handle names none, or none that is still open.
   */
  static attach(handle: CollectorHandle): TraceCollector {
    const name: unknown = (handle as CollectorHandle | null)?.aegisTraceCollector;
    if (typeof name !== 'string' || !isUuid(name)) {
      throw expected('ERR_TRACE_HANDLE', 'handle', 'what collector.share() returned', handle);
    }
    return new TraceCollector(new SharedName(name) as CollectorOptions);
  }

  /**
   * A handle for {@link attach} in any thread of this process. It does not keep the collector open.
   *
   * @throws TraceError `ERR_TRACE_CLOSED`.
   */
  share(): CollectorHandle {
    return { aegisTraceCollector: this.#open().share() };
  }

  /**
   * The address through which C or C++ code of this process records into this collector; see
   * native/include/aegis/trace/abi.h. Valid until close(): the native code must retain it before.
   *
   * @throws TraceError `ERR_TRACE_CLOSED`.
   */
  nativeHandle(): bigint {
    return this.#open().nativeHandle();
  }

  /**
   * Records an event. Never throws: what cannot be stored is counted in `stats().rejected`, with its reason in
   * `stats().lastRejection` and, the first of each kind, as a process warning `AEGIS_TRACE_REJECTED`;
   * strings over the limits (docs/recorder.md) are cut, counted in `stats().truncated`, and named in
   * the event's attribute `aegis.truncated`. After close() it only counts. While recording is off it does nothing.
   */
  record(event: TraceEventInput): void {
    if (Atomics.load(this.#recording, 0) === 0) return;
    try {
      const refusal = this.#frame.submit(event, this.#recordStrings);
      if (refusal !== undefined) this.#reject(refusal);
      // Closed before, or by a getter of the event: then the record function did nothing.
      else if (this.#native === undefined) this.#reject(REFUSED_AFTER_CLOSE);
    } catch (thrown) {
      // A getter or a proxy of the caller's threw.
      this.#reject(refusedByThrow(event, thrown));
    }
  }

  /** Records an event of severity Info that happens now. Never throws, as {@link record}. */
  recordNow(eventType: string, component: string, rationale = ''): void {
    this.record({ eventType, component, rationale });
  }

  /** Whether record() takes anything, in every thread and language. */
  get isRecording(): boolean {
    // Not by Atomics, which costs a monitored call 4 ns more: whoever asks again sees a change.
    return this.#recording[0] !== 0;
  }

  /**
   * Switches recording off or on, for every owner of the ring, C and C++ included. While it is off, record() takes
   * nothing, looks at nothing and counts nothing, and monitored functions run as if they were not; what was recorded before
   * stays. A collector with a `toggle` is switched by that.
   *
   * @throws TraceError `ERR_TRACE_CLOSED`.
   */
  setRecording(isOn: boolean): void {
    this.#open().setRecording(isOn);
    Atomics.store(this.#recording, 0, isOn ? 1 : 0);
  }

  /** Events retained now; after close(), when it was closed. */
  get size(): number {
    return this.#native?.size() ?? this.stats().size;
  }

  /** The counters of this instant; after close(), of the instant it was closed. */
  stats(): CollectorStats {
    const lastRejection = this.#lastRejection;
    if (this.#native === undefined) {
      return { ...(this.#closedStats as CollectorStats), lastRejection };
    }
    const stats = this.#readStats(this.#native);
    if (stats.fileState !== 'none') this.#tellOfFile();
    return { ...stats, lastRejection };
  }

  /** Forgets every retained event; the counters go on. @throws TraceError `ERR_TRACE_CLOSED`. */
  clear(): void {
    this.#open().clear();
  }

  /**
   * Matching events sorted by timestamp; equal timestamps stay in order of recording.
   *
   * @throws TraceError `ERR_TRACE_QUERY`, `ERR_TRACE_CLOSED`, `ERR_TRACE_MEMORY`.
   */
  query(query: TraceQuery = {}): TraceEvent[] {
    return decodeEvents(this.#open().query(...checkQuery(query)));
  }

  /** {@link query} without blocking the event loop. Rejects with what query would throw. */
  async queryAsync(query: TraceQuery = {}): Promise<TraceEvent[]> {
    return decodeEventsInSlices(await this.#open().queryAsync(...checkQuery(query)));
  }

  /** Events of one component, in time order. Throws as {@link query}. */
  queryByComponent(component: string): TraceEvent[] {
    return this.query({ component });
  }

  /** Events of `minimum` severity and above, in time order. Throws as {@link query}. */
  queryBySeverity(minimum: Severity): TraceEvent[] {
    return this.query({ minSeverity: minimum });
  }

  /** Events about one model, in time order. Throws as {@link query}. */
  queryByModel(modelId: string): TraceEvent[] {
    return this.query({ modelId });
  }

  /**
   * Every retained event of one request, in time order.
   *
   * @throws TraceError `ERR_TRACE_QUERY` when the id is not a non-empty string, `ERR_TRACE_CLOSED`.
   */
  reconstructDecisionChain(requestId: string): TraceEvent[] {
    if (typeof requestId !== 'string' || requestId === '') {
      throw expected('ERR_TRACE_QUERY', 'requestId', 'a non-empty string', requestId);
    }
    return this.query({ requestId });
  }

  /**
   * Writes the retained events to a file as one JSON document (docs/formats/export.md), off the event
   * loop. The file appears complete or not at all: it is written beside `path`, mode 0600, and
   * renamed; whatever stood there stays until then.
   *
   * @returns the number of events in the file.
   * @throws TraceError `ERR_TRACE_EXPORT` for anything the file system refuses, or when `path` is
   * not a regular file (links are not followed) or is write-protected; `ERR_TRACE_OPTION`,
   * `ERR_TRACE_CLOSED`, `ERR_TRACE_MEMORY`, `ERR_TRACE_CANCELLED`. An error of `onProgress` stops the
   * export and rejects with that error.
   */
  async exportJson(path: string | URL, options: ExportOptions = {}): Promise<ExportResult> {
    return runExport(this.#open(), path, options);
  }

  /**
   * A new cursor, standing before the oldest retained event.
   *
   * @throws TraceError `ERR_TRACE_CLOSED`.
   */
  reader(): TraceReader {
    return new TraceReader(this.#open().reader());
  }

  /**
   * Lets go of the ring; it is freed when no other owner has it, a ring file stays. May be called again. Exports and
   * queries under way go on to their end.
   */
  close(): void {
    if (this.#native === undefined) return;
    this.#closedStats = this.stats();
    this.#unfollow?.();
    this.#native.close();
    this.#native = undefined;
  }

  #followProcess(): void {
    const followed = new WeakRef(this);
    withProcessToggle((toggle) => {
      const collector = followed.deref();
      if (collector !== undefined && collector.#native !== undefined) collector.#follow(toggle);
    });
  }

  #follow(toggle: RecordingToggle): void {
    // Only this collector's own users keep it.
    const followed = new WeakRef(this);
    this.#unfollow = toggle.onChange((isEnabled) => followed.deref()?.setRecording(isEnabled));
    this.setRecording(toggle.isTracingEnabled());
  }

  #readStats(from: NativeCollector): Omit<CollectorStats, 'lastRejection'> {
    const out = new Float64Array(COLLECTOR_COUNTERS.length);
    from.stats(out);
    const { fileState, ...counts } = Object.fromEntries(
      COLLECTOR_COUNTERS.map((name, index) => [name, out[index]]),
    ) as Record<(typeof COLLECTOR_COUNTERS)[number], number>;
    return { ...counts, fileState: RING_FILE_STATES[fileState] as RingFileState };
  }

  /** Once for each thing that happens to the file, in whichever thread finds it first. */
  #tellOfFile(): void {
    const open = this.#native;
    if (open?.takeFileNotice()) warnOfFile(this.#file, this.#readStats(open).fileState);
  }

  #reject(refusal: Refusal): void {
    this.#lastRejection = refusal.message;
    warnOfRefusal(refusal);
    if (this.#native !== undefined) this.#native.reject();
    else (this.#closedStats as CollectorStats).rejected++;
  }

  #open(): NativeCollector {
    if (this.#native === undefined) {
      throw new TraceError('ERR_TRACE_CLOSED', 'the collector is closed');
    }
    return this.#native;
  }
}
