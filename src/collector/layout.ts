import { TraceError } from '../errors.js';

// What TypeScript and C++ read of one another's memory. C++ has the same numbers from its structures and exports
// them as `layout`; loading compares the two.

/** Of a record, docs/formats/record.md: offsets in bytes, all numbers little-endian. */
export const RECORD_LENGTH = 0;
export const RECORD_TIMESTAMP_NS = 16;
export const RECORD_DURATION_NS = 24;
export const RECORD_STRING_LENGTHS = 32;
export const RECORD_ATTRIBUTE_COUNT = 42;
export const RECORD_TRUNCATED = 44;
export const RECORD_SEVERITY = 46;
export const RECORD_FLAGS = 47;
export const RECORD_EVENT_ID = 48;
export const ATTRIBUTE_HEADER_BYTES = 4;
/** Bits of a record's flags, and of what was cut off. */
export const RECORD_IS_ASCII = 2;
export const TRUNCATED_ATTRIBUTES = 32;

/** Of the frame through which an event is handed over: elements of a BigInt64Array, ... */
export const FRAME_TIMESTAMP = 0;
export const FRAME_DURATION = 1;
export const FRAME_TIMES_BYTES = 16;
/** ... and of a Uint32Array after it. */
export const FRAME_FLAGS = 0;
export const FRAME_SEVERITY = 1;
export const FRAME_TRUNCATED = 2;
export const FRAME_ATTRIBUTE_COUNT = 3;
export const FRAME_LENGTHS = 4;
export const FRAME_ATTRIBUTE_LENGTHS = 10;
export const FRAME_HAS_TIMESTAMP = 1;
export const FRAME_HAS_DURATION = 2;

/** The counters that stats() of a collector writes, in their order. */
export const COLLECTOR_COUNTERS = [
  'capacity',
  'size',
  'recorded',
  'dropped',
  'cleared',
  'rejected',
  'truncated',
  'bytes',
  'fileState',
] as const;

/** The counters that stats() of a drain writes, in their order. */
export const DRAIN_COUNTERS = [
  'backlog',
  'overwritten',
  'laneEvents',
  'laneBytes',
  'spilled',
  'spillPending',
  'spillBytes',
  'lostErrors',
  'lost',
  'lastSpillErrno',
] as const;

/** All of it by name, as native code exports it. */
const LAYOUT: Readonly<Record<string, number | string>> = {
  recordLength: RECORD_LENGTH,
  recordTimestampNs: RECORD_TIMESTAMP_NS,
  recordDurationNs: RECORD_DURATION_NS,
  recordStringLengths: RECORD_STRING_LENGTHS,
  recordAttributeCount: RECORD_ATTRIBUTE_COUNT,
  recordTruncated: RECORD_TRUNCATED,
  recordSeverity: RECORD_SEVERITY,
  recordFlags: RECORD_FLAGS,
  recordEventId: RECORD_EVENT_ID,
  attributeHeaderBytes: ATTRIBUTE_HEADER_BYTES,
  recordIsAscii: RECORD_IS_ASCII,
  truncatedAttributes: TRUNCATED_ATTRIBUTES,
  frameTimestamp: FRAME_TIMESTAMP,
  frameDuration: FRAME_DURATION,
  frameTimesBytes: FRAME_TIMES_BYTES,
  frameFlags: FRAME_FLAGS,
  frameSeverity: FRAME_SEVERITY,
  frameTruncated: FRAME_TRUNCATED,
  frameAttributeCount: FRAME_ATTRIBUTE_COUNT,
  frameLengths: FRAME_LENGTHS,
  frameAttributeLengths: FRAME_ATTRIBUTE_LENGTHS,
  frameHasTimestamp: FRAME_HAS_TIMESTAMP,
  frameHasDuration: FRAME_HAS_DURATION,
  collectorCounters: COLLECTOR_COUNTERS.join(),
  drainCounters: DRAIN_COUNTERS.join(),
};

/**
 * Compares the layout of a binary with this code's: read by another one, memory would be nonsense.
 *
 * @throws TraceError `ERR_TRACE_NATIVE` naming the first difference.
 */
export function checkLayout(layout: Readonly<Record<string, unknown>> | undefined): void {
  const names = [...new Set([...Object.keys(LAYOUT), ...Object.keys(layout ?? {})])];
  const different = names.find((name) => layout?.[name] !== LAYOUT[name]);
  if (different === undefined) return;
  throw new TraceError(
    'ERR_TRACE_NATIVE',
    `the native addon is of another build than the rest of the package: its ${different} is ` +
      `${layout?.[different]}, and ${LAYOUT[different]} here. Install the package again, or build it with ` +
      '`npm run build -- --force`',
  );
}
