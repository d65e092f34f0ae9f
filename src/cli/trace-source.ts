import type { TraceEvent } from '../event/trace-event.js';
import {
  EXPORT_FORMAT,
  EXPORT_FORMAT_VERSION,
  type ExportMetadata,
} from '../export/export-metadata.js';
import type { ReadOptions } from '../export/read-chunks.js';
import { readExport, readExportMetadata } from '../export/read-export.js';
import { PROBLEMS_MAX, type ValidationReport, validateExport } from '../export/validate-export.js';
import { DatabaseReader, type DatabaseSummary, isDatabase } from '../store/read-database.js';

/** A file that has events, of whichever kind. */
export interface TraceSource {
  readonly metadata: ExportMetadata;
  /** Of the store, when it is a database: what a ring lost before is not known to it. */
  readonly database: DatabaseSummary | undefined;
  /** Begins a pass over the events, in the order of the file. */
  readonly open: () => AsyncIterable<TraceEvent>;
}

/**
 * Looks into a file and says how to read it: a database of a store by its first bytes, else an export.
 *
 * @throws TraceError `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT`; `ERR_TRACE_PEER` when there is no SQLite.
 */
export async function openTraceSource(file: string, options: ReadOptions): Promise<TraceSource> {
  if (!isDatabase(file)) {
    const metadata = await readExportMetadata(file);
    return { metadata, database: undefined, open: () => readExport(file, options) };
  }
  const reader = await DatabaseReader.open(file);
  const database = reader.summary();
  reader.close();
  return { metadata: metadataOf(database), database, open: () => readEvents(file) };
}

async function* readEvents(file: string): AsyncGenerator<TraceEvent, void, undefined> {
  const reader = await DatabaseReader.open(file);
  try {
    yield* reader.events();
  } finally {
    reader.close();
  }
}

function metadataOf({ events, pid, clock }: DatabaseSummary): ExportMetadata {
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

/** Checks whichever kind of file it is. @throws TraceError when it cannot be read at all. */
export async function validateTrace(file: string, options: ReadOptions): Promise<ValidationReport> {
  if (!isDatabase(file)) return validateExport(file, options);
  const reader = await DatabaseReader.open(file);
  try {
    const problems = reader.problems().map((message) => ({ event: undefined, path: '', message }));
    // Of a damaged database nothing more can be said.
    if (problems.length > 0) return reportOf(undefined, 0, problems, problems.length);
    const summary = reader.summary();
    const found: ValidationReport['problems'] = [];
    let count = 0;
    for await (const { index, message } of reader.eventProblems()) {
      if (count++ < PROBLEMS_MAX) {
        found.push({ event: index, path: `/events/${index}`, message });
      }
    }
    return reportOf(metadataOf(summary), summary.events, found, count);
  } finally {
    reader.close();
  }
}

function reportOf(
  metadata: ExportMetadata | undefined,
  events: number,
  problems: ValidationReport['problems'],
  problemCount: number,
): ValidationReport {
  return { valid: problemCount === 0, events, metadata, problems, problemCount };
}
