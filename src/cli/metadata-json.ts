import type { ExportMetadata } from '../export/export-metadata.js';

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
