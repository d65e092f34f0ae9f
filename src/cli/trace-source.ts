import type { TraceEvent } from '../event/trace-event.js';
import type { ExportMetadata } from '../export/export-metadata.js';
import type { ReadOptions } from '../export/read-chunks.js';
import { readExport, readExportMetadata } from '../export/read-export.js';
import { type ValidationReport, validateExport } from '../export/validate-export.js';
import { type DatabaseSummary, isDatabase } from '../store/sqlite/read-database.js';
import { openDatabaseSource, validateDatabase } from './database-source.js';
import { isRingFile, openRingSource, validateRing } from './ring-source.js';

/** A file that has events, of whichever kind. */
export interface TraceSource {
  readonly metadata: ExportMetadata;
  /** Of the store, when it is a database: what a ring lost before is not known to it. */
  readonly database: DatabaseSummary | undefined;
  /** Begins a pass over the events, in the order of the file. */
  readonly open: () => AsyncIterable<TraceEvent>;
}

/**
 * Looks into a file and says how to read it: a database of a store or the file of a ring by their first
 * bytes, not their names; else an export.
 *
 * @throws TraceError `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT`; `ERR_TRACE_PEER` when there is no SQLite.
 */
export async function openTraceSource(file: string, options: ReadOptions): Promise<TraceSource> {
  if (isDatabase(file)) return openDatabaseSource(file);
  if (await isRingFile(file)) return openRingSource(file);
  const metadata = await readExportMetadata(file);
  return { metadata, database: undefined, open: () => readExport(file, options) };
}

/** Checks whichever kind of file it is. @throws TraceError when it cannot be read at all. */
export async function validateTrace(file: string, options: ReadOptions): Promise<ValidationReport> {
  if (isDatabase(file)) return validateDatabase(file);
  return (await isRingFile(file)) ? validateRing(file) : validateExport(file, options);
}
