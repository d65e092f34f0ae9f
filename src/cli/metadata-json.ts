import type { Anchored } from '../event/clock.js';
import {
  EXPORT_FORMAT,
  EXPORT_FORMAT_VERSION,
  type ExportMetadata,
} from '../export/export-metadata.js';
import type { DatabaseSummary } from '../store/sqlite/read-database.js';

/** The metadata as files have it: snake_case. */
export function metadataJson(metadata: ExportMetadata): unknown {
  const { format, formatVersion, clock, recovered, ...counters } = metadata;
  return {
    format,
    format_version: formatVersion,
    ...counters,
    clock: { steady_ns: clock.steadyNs, wall_ns: clock.wallNs },
    ...(recovered && {
      recovered: {
        run_id: recovered.runId,
        process_start_wall_ns: recovered.processStartWallNs,
        closed_wall_ns: recovered.closedWallNs,
        skipped_records: recovered.skippedRecords,
        skipped_chunks: recovered.skippedChunks,
      },
    }),
  };
}

/** The first anchor of a clock, as files have it. */
export function clockJson({ anchors: [anchor] }: Anchored): unknown {
  return { steady_ns: anchor?.steadyNs, wall_ns: anchor?.wallNs };
}

/** What the metadata of an export with these events would be. */
export function databaseMetadata({ pid, clock }: DatabaseSummary, events: number): ExportMetadata {
  return {
    format: EXPORT_FORMAT,
    formatVersion: EXPORT_FORMAT_VERSION,
    pid,
    capacity: Math.max(1, events),
    recorded: events,
    retained: events,
    dropped: 0,
    cleared: 0,
    drained: 0,
    rejected: 0,
    truncated: 0,
    clock,
  };
}
