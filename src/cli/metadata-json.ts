import type { Anchored, ClockAnchor } from '../event/clock.js';
import {
  EXPORT_FORMAT,
  EXPORT_FORMAT_VERSION,
  type ExportMetadata,
} from '../export/export-metadata.js';
import type { DatabaseSummary } from '../store/sqlite/read-database.js';

/** The metadata as files have it: snake_case. */
export function metadataJson(metadata: ExportMetadata): unknown {
  const { format, formatVersion, runId, clock, anchors, recovered, ...counters } = metadata;
  return {
    format,
    format_version: formatVersion,
    ...counters,
    ...(runId !== undefined && { run_id: runId }),
    clock: anchorJson(clock),
    anchors: anchors.map(anchorJson),
    ...(recovered && {
      recovered: {
        run_id: recovered.runId,
        process_start_wall_ns: recovered.processStartWallNs,
        closed_wall_ns: recovered.closedWallNs,
        ...(recovered.end !== undefined && { end: recovered.end }),
        skipped_records: recovered.skippedRecords,
        skipped_chunks: recovered.skippedChunks,
      },
    }),
  };
}

const anchorJson = ({ steadyNs, wallNs }: ClockAnchor) => ({
  steady_ns: steadyNs,
  wall_ns: wallNs,
});

/** A clock as selections have it: its newest anchor, and all of them when there are more. */
export function clockJson({ anchors }: Anchored): unknown {
  return {
    ...anchorJson(anchors.at(-1) as ClockAnchor),
    ...(anchors.length > 1 && { anchors: anchors.map(anchorJson) }),
  };
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
    anchors: [clock],
  };
}
