import type { TraceEvent } from '../event/trace-event.js';
import {
  EXPORT_FORMAT,
  EXPORT_FORMAT_VERSION,
  type ExportMetadata,
} from '../export/export-metadata.js';
import { PROBLEMS_MAX, type ValidationReport } from '../export/validate-export.js';
import { DatabaseReader, type DatabaseSummary } from '../store/sqlite/read-database.js';
import type { TraceSource } from './trace-source.js';

/** @throws TraceError `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT`; `ERR_TRACE_PEER` when there is no SQLite. */
export async function openDatabaseSource(file: string): Promise<TraceSource> {
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

/** @throws TraceError as openDatabaseSource does. */
export async function validateDatabase(file: string): Promise<ValidationReport> {
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
