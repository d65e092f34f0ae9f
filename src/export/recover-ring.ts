import type { ExportOptions } from '../collector/export-job.js';
import { expected } from '../errors.js';
import type { TraceEvent } from '../event/trace-event.js';
import { type ExportMetadata, parseMetadata } from './export-metadata.js';

/** What was left in the file of a ring. */
export interface RecoveredRing {
  /** As an export of it would have; `metadata.recovered` says what could not be read. */
  metadata: ExportMetadata;
  /** In order of recording, with the ids that they had. */
  events: TraceEvent[];
}

/**
 * Reads what a process left in its ring file (the collector's option `file`): the newest `capacity`
 * events whose record() had returned, each checked; what is torn or damaged is skipped and counted.
 * Works on the file of a process that was killed, of one that lives, and on a copy of either; the file
 * is only read, off the event loop. For a ring larger than memory see {@link recoverRingToJson}.
 *
 * @throws TraceError `ERR_TRACE_FILE` when it cannot be opened or read; `ERR_TRACE_FORMAT` when it is
 * no ring file, of another version, or the head of it is damaged; `ERR_TRACE_MEMORY`.
 */
export async function recoverRing(file: string): Promise<RecoveredRing> {
  const ring = await openRing(file);
  const events: TraceEvent[] = [];
  for await (const batch of ring.batches()) for (const event of batch) events.push(event);
  return { metadata: parseMetadata(ring.metadataSoFar()), events };
}

/**
 * The same straight into an ordinary export, in constant memory, as `exportJson` writes one.
 *
 * @returns the metadata of the export; `retained` is the number of events in it.
 * @throws TraceError as {@link recoverRing} and `TraceCollector.exportJson` do.
 */
export async function recoverRingToJson(
  file: string,
  json: string | URL,
  options: ExportOptions = {},
): Promise<ExportMetadata> {
  const { exportRingFile } = await import('../collector/ring-file.js');
  return parseMetadata(await exportRingFile(checkFile(file), json, options));
}

/** A ring file that is being read. */
export interface OpenRing {
  /** Of all that can be recovered. */
  metadata: ExportMetadata;
  batches(): AsyncIterable<TraceEvent[]>;
  /** The JSON of the metadata, with what `batches` has returned as `retained`. */
  metadataSoFar(): string;
}

/** @internal @throws TraceError as {@link recoverRing} does. */
export async function openRing(file: string): Promise<OpenRing> {
  // Loaded here: reading exports needs no addon.
  const { RingFile } = await import('../collector/ring-file.js');
  const ring = await RingFile.open(checkFile(file));
  return {
    metadata: parseMetadata(ring.metadata),
    batches: () => ring.batches(),
    metadataSoFar: () => ring.metadataSoFar(),
  };
}

function checkFile(file: unknown): string {
  if (typeof file === 'string' && file !== '' && !file.includes('\0')) return file;
  throw expected('ERR_TRACE_OPTION', 'file', 'a non-empty string', file);
}
