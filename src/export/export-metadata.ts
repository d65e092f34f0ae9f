import { show, TraceError } from '../errors.js';
import type { Anchored, ClockAnchor } from '../event/clock.js';
import { parseJsonObject } from '../event/json-event.js';
import { countMembers, exactInteger, scanJson } from '../event/json-scan.js';
import { isUuid } from '../event/uuid.js';

/** The value of `format` in the metadata of every export. */
export const EXPORT_FORMAT = 'aegis-trace';
/** The one format version that this release writes and reads. */
export const EXPORT_FORMAT_VERSION = 1;

/**
 * The head of an export: where it comes from and what is missing from it.
 * `recorded === retained + dropped + cleared + drained`, exactly.
 */
export interface ExportMetadata extends Anchored {
  format: typeof EXPORT_FORMAT;
  formatVersion: typeof EXPORT_FORMAT_VERSION;
  /** Of the process that recorded. */
  pid: number;
  /** Events that the ring could hold. */
  capacity: number;
  /** Events accepted by the collector since its construction. */
  recorded: number;
  /** Events in this file. */
  retained: number;
  /** Events given up for newer ones. */
  dropped: number;
  /** Events removed by `clear()`. */
  cleared: number;
  /** Events handed over to a drain before this export. */
  drained: number;
  /** Events that could not be stored at all; not part of `recorded`. */
  rejected: number;
  /** Recorded events of which some part was cut off. */
  truncated: number;
  /** Of the run that recorded: a UUID. Not in exports of earlier releases. */
  runId?: string;
  /** The newest of {@link anchors}. */
  clock: ClockAnchor;
  /** What places events in wall time: see wallNsOf(). In exports of earlier releases there is one. */
  anchors: readonly ClockAnchor[];
  /** Only in what was recovered from the file of a ring. */
  recovered?: RecoveredMetadata;
}

/** What a ring file says of the run that wrote it, and what of it could not be read. */
export interface RecoveredMetadata {
  /** Random, and of this run alone. */
  runId: string;
  /** When the recording process began, nanoseconds since the Unix epoch; 0n: unknown. */
  processStartWallNs: bigint;
  /** When the ring was closed, nanoseconds since the Unix epoch; 0n: it never was. */
  closedWallNs: bigint;
  /**
   * How the run ended: `closed`; `exit 0`, with the exit code; `signal 15`, by which the process ended itself after it
   * had flushed. Absent: the process was killed or crashed, or is alive; or an earlier release recorded.
   */
  end?: string;
  /** Records that were not whole: damaged, or overwritten while being read. Part of `dropped`. */
  skippedRecords: number;
  /** Chunks whose header is damaged or that are missing at the end; their events are in `dropped`. */
  skippedChunks: number;
}

/**
 * Reads the metadata object of an export. Unknown members are ignored, so that later releases may
 * add some without a new format version.
 *
 * @throws TraceError `ERR_TRACE_FORMAT` naming the member, what was expected and what came.
 */
export function parseMetadata(text: string): ExportMetadata {
  const value = parseJsonObject(text, 'metadata');
  if (value.format !== EXPORT_FORMAT) {
    throw formatError('metadata.format', `"${EXPORT_FORMAT}"`, value.format);
  }
  const { numbers, members } = scanJson(text);
  if (members !== countMembers(value)) {
    throw new TraceError('ERR_TRACE_FORMAT', 'each name must occur once in metadata');
  }
  if (numbers.get('/format_version') !== String(EXPORT_FORMAT_VERSION)) {
    throw formatError(
      'metadata.format_version',
      `${EXPORT_FORMAT_VERSION}, the one this release reads`,
      value.format_version,
    );
  }
  const integer = (pointer: string, min: bigint, max: bigint, what: string): bigint => {
    const token = numbers.get(pointer);
    const found = exactInteger(token, min, max);
    if (found !== undefined) return found;
    throw formatError(`metadata${pointer.replaceAll('/', '.')}`, what, token ?? 'no integer');
  };
  // uint64 in the file; a number here, because no recorder lives to count to 2^53.
  const counter = (pointer: string, min = 0n): number =>
    Number(integer(pointer, min, 2n ** 53n - 1n, `an integer from ${min} to 2^53 - 1`));
  const nanos = (pointer: string): bigint =>
    integer(pointer, -(2n ** 63n), 2n ** 63n - 1n, 'an integer of 64 bits');
  const anchor = (pointer: string): ClockAnchor => ({
    steadyNs: nanos(`${pointer}/steady_ns`),
    wallNs: nanos(`${pointer}/wall_ns`),
  });
  const clock = anchor('/clock');
  return {
    format: EXPORT_FORMAT,
    formatVersion: EXPORT_FORMAT_VERSION,
    pid: counter('/pid'),
    capacity: counter('/capacity', 1n),
    recorded: counter('/recorded'),
    retained: counter('/retained'),
    dropped: counter('/dropped'),
    cleared: counter('/cleared'),
    drained: counter('/drained'),
    rejected: counter('/rejected'),
    truncated: counter('/truncated'),
    ...(value.run_id !== undefined && { runId: uuid(value.run_id, 'metadata.run_id') }),
    clock,
    anchors: anchorsOf(value.anchors, 'metadata', anchor, clock),
    ...(value.recovered !== undefined && {
      recovered: {
        runId: uuid(
          (value.recovered as Record<string, unknown> | null)?.run_id,
          'metadata.recovered.run_id',
        ),
        processStartWallNs: nanos('/recovered/process_start_wall_ns'),
        closedWallNs: nanos('/recovered/closed_wall_ns'),
        ...optionalEnd((value.recovered as Record<string, unknown> | null)?.end),
        skippedRecords: counter('/recovered/skipped_records'),
        skippedChunks: counter('/recovered/skipped_chunks'),
      },
    }),
  };
}

/**
 * Reads the clock that a selection says its events are on.
 *
 * @throws TraceError `ERR_TRACE_FORMAT` naming the member, what was expected and what came.
 */
export function parseClock(text: string): Anchored {
  const value = parseJsonObject(text, 'clock');
  const { numbers } = scanJson(text);
  const nanos = (pointer: string): bigint => {
    const token = numbers.get(pointer);
    const found = exactInteger(token, -(2n ** 63n), 2n ** 63n - 1n);
    if (found !== undefined) return found;
    throw formatError(`clock${pointer.replaceAll('/', '.')}`, 'an integer of 64 bits', token);
  };
  const anchor = (pointer: string): ClockAnchor => ({
    steadyNs: nanos(`${pointer}/steady_ns`),
    wallNs: nanos(`${pointer}/wall_ns`),
  });
  return { anchors: anchorsOf(value.anchors, 'clock', anchor, anchor('')) };
}

function uuid(value: unknown, name: string): string {
  if (typeof value === 'string' && isUuid(value)) return value;
  throw formatError(name, 'a UUID', value);
}

/** A list of anchors; where there is none, the one that stands alone. */
function anchorsOf(
  value: unknown,
  parent: string,
  anchor: (pointer: string) => ClockAnchor,
  only: ClockAnchor,
): ClockAnchor[] {
  if (value === undefined) return [only];
  const length = Array.isArray(value) ? value.length : 0;
  const anchors = Array.from({ length }, (_, index) => anchor(`/anchors/${index}`));
  const isInOrder = anchors.every(
    ({ steadyNs }, index) => index === 0 || (anchors[index - 1] as ClockAnchor).steadyNs < steadyNs,
  );
  if (length > 0 && isInOrder) return anchors;
  throw formatError(`${parent}.anchors`, 'a list in order of steady_ns, of one at least', value);
}

/** Says what is wrong with counters that cannot all be true; undefined when they agree. */
export function counterProblem(metadata: ExportMetadata): string | undefined {
  const { recorded, retained, dropped, cleared, drained, capacity } = metadata;
  const sum = BigInt(retained) + BigInt(dropped) + BigInt(cleared) + BigInt(drained);
  if (BigInt(recorded) !== sum) {
    return `recorded must be retained + dropped + cleared + drained = ${sum}; got ${recorded}`;
  }
  if (retained > capacity) {
    return `retained must be at most the capacity, ${capacity}; got ${retained}`;
  }
  return undefined;
}

/** Says how many events the file should have; undefined when it has them. */
export function retainedProblem(metadata: ExportMetadata, events: number): string | undefined {
  if (metadata.retained === events) return undefined;
  return `metadata.retained must be the number of events, ${events}; got ${metadata.retained}`;
}

function formatError(name: string, expectation: string, value: unknown): TraceError {
  return new TraceError('ERR_TRACE_FORMAT', `${name} must be ${expectation}; got ${show(value)}`);
}

const END = /^(closed|(exit|signal) \d{1,10})$/;

function optionalEnd(end: unknown): { end?: string } {
  if (end === undefined) return {};
  if (typeof end === 'string' && END.test(end)) return { end };
  throw new TraceError(
    'ERR_TRACE_FORMAT',
    `metadata.recovered.end must be "closed", "exit CODE" or "signal NUMBER"; got ${show(end)}`,
  );
}
