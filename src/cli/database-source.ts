import type { SummaryEvent } from '../analysis/summary.js';
import { wallNsOf } from '../event/clock.js';
import { checkSteadyRange, type EventFilter, type SteadyRange } from '../event/event-filter.js';
import { eventMatcher } from '../event/event-matcher.js';
import type { TraceEvent } from '../event/trace-event.js';
import type { ExportMetadata } from '../export/export-metadata.js';
import { PROBLEMS_MAX, type ValidationReport } from '../export/validate-export.js';
import { DatabaseReader, type DatabaseSummary } from '../store/sqlite/read-database.js';
import { databaseMetadata } from './metadata-json.js';
import type { TraceExtent, TraceHead, TraceSize, TraceSource } from './trace-source.js';

/** Of a longer chain not all is read before the first event is shown. */
const CHAIN_MAX = 50_000;

/** The database of a store, asked by its indexes. */
export class DatabaseSource implements TraceSource {
  readonly path: string;
  readonly #reader: DatabaseReader;
  readonly #database: DatabaseSummary;

  private constructor(path: string, reader: DatabaseReader) {
    this.path = path;
    this.#reader = reader;
    this.#database = reader.summary();
  }

  /** @throws TraceError `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT`; `ERR_TRACE_PEER` when there is no SQLite. */
  static async open(file: string): Promise<DatabaseSource> {
    return new DatabaseSource(file, await DatabaseReader.open(file));
  }

  async head(): Promise<TraceHead> {
    const { clock } = this.#database;
    return { clock: { anchors: [clock] }, metadata: undefined, database: this.#database };
  }

  async size(): Promise<TraceSize> {
    return { events: this.#reader.count(), selection: undefined, isCut: false };
  }

  async extent(): Promise<TraceExtent | undefined> {
    const [first, last] = [await this.#end('oldest'), await this.#end('newest')];
    return first && last && { firstNs: first.timestampNs, lastNs: last.timestampNs };
  }

  summaryEvents(): AsyncIterable<SummaryEvent> {
    return this.#reader.summaryRows();
  }

  async *inOrder(filter: EventFilter & SteadyRange, limit = Number.POSITIVE_INFINITY) {
    const matches = eventMatcher(filter);
    const { start: _start, end: _end, ...rest } = filter;
    const { start, end } = checkSteadyRange(filter);
    const clock = { anchors: [this.#database.clock] };
    // The store compares whole microseconds, and the matcher what is left.
    const from = start === undefined ? undefined : wallNsOf(clock, start);
    const to = end === undefined ? undefined : wallNsOf(clock, end);
    let count = 0;
    if (limit === 0) return;
    for await (const event of this.#reader.find({ ...rest, from, to })) {
      if (!matches(event)) continue;
      yield event;
      if (++count >= limit) return;
    }
  }

  async *chain(requestId: string): AsyncGenerator<TraceEvent, void, undefined> {
    const events = await this.#reader.chain(requestId, CHAIN_MAX);
    yield* events ?? this.#reader.find({ requestId });
  }

  close(): void {
    this.#reader.close();
  }

  async #end(order: 'oldest' | 'newest'): Promise<TraceEvent | undefined> {
    for await (const event of this.#reader.find({}, order)) return event;
    return undefined;
  }
}

/** @throws TraceError as {@link DatabaseSource.open} does. */
export async function validateDatabase(file: string): Promise<ValidationReport> {
  const reader = await DatabaseReader.open(file);
  try {
    const problems = reader.problems().map((message) => ({ event: undefined, path: '', message }));
    // Of a damaged database nothing more can be said.
    if (problems.length > 0) return reportOf(undefined, 0, problems, problems.length);
    const events = reader.count();
    const found: ValidationReport['problems'] = [];
    let count = 0;
    for await (const { index, message } of reader.eventProblems()) {
      if (count++ < PROBLEMS_MAX) {
        found.push({ event: index, path: `/events/${index}`, message });
      }
    }
    return reportOf(databaseMetadata(reader.summary(), events), events, found, count);
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
  return {
    valid: problemCount === 0,
    events,
    metadata,
    selection: undefined,
    problems,
    problemCount,
  };
}
