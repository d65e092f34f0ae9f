export { TRUNCATED_ATTRIBUTE } from './collector/decode.js';
export type { ExportOptions, ExportProgress, ExportResult } from './collector/export-job.js';
export type { RingFileState } from './collector/file-state.js';
export type { CollectorOptions } from './collector/options.js';
export type { TraceQuery } from './collector/query.js';
export {
  type CollectorHandle,
  type CollectorStats,
  TraceCollector,
} from './collector/trace-collector.js';
export type { ReadResult, TraceReader } from './collector/trace-reader.js';
export { ERROR_CODES, TraceError, type TraceErrorCode } from './errors.js';
export { formatEventJson, formatEventsJson, parseEventJson } from './event/json-event.js';
export { SEVERITIES, type Severity } from './event/severity.js';
export { Duration, type Nanoseconds, Timestamp } from './event/time.js';
export type { AttributeValue, TraceEvent, TraceEventInput } from './event/trace-event.js';
export { TraceEventBuilder } from './event/trace-event-builder.js';
export type { ExportMetadata, RecoveredMetadata } from './export/export-metadata.js';
export { readExport, readExportMetadata } from './export/read-export.js';
export { type RecoveredRing, recoverRing, recoverRingToJson } from './export/recover-ring.js';
export {
  type ValidationProblem,
  type ValidationReport,
  validateExport,
} from './export/validate-export.js';
