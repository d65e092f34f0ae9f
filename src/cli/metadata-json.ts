import type { ExportMetadata } from '../export/export-metadata.js';

/** The metadata as files have it: snake_case. */
export function metadataJson(metadata: ExportMetadata): unknown {
  const { format, formatVersion, clock, ...counters } = metadata;
  return {
    format,
    format_version: formatVersion,
    ...counters,
    clock: { steady_ns: clock.steadyNs, wall_ns: clock.wallNs },
  };
}
