import { setImmediate as nextTurn } from 'node:timers/promises';
import { TraceError } from '../../errors.js';
import { type ClockAnchor, wallNsOf } from '../../event/clock.js';
import type { TraceEvent } from '../../event/trace-event.js';
import { checkEvent } from '../check-event.js';
import { checkQuery } from '../check-query.js';
import type { StoredEvent, StoreFilter } from '../event-store.js';
import type { Connection } from './connection.js';
import { JOINED, readValues, SELECTED, severityOf, textOf } from './event-row.js';
import { findChain, findEvents } from './find-events.js';
import { openForReading } from './open-database.js';

import { readWallText } from './wall-text.js';

/** Rows read at once. */
const CHUNK_ROWS = 2000;
/** The most that a page of {@link findEvents} has. */
const PAGE_ROWS = 1000;
/** Events of one microsecond that are sorted; a machine records a thousand in it at most. */
const INSTANT_ROWS_MAX = 100_000;
const PROBLEMS_MAX = 100;
/** What a summary takes. */
const SUMMARY_COLUMNS =
  'e.run, e.timestamp_ns, e.duration_ns, e.severity, e.component, e.event_type, e.request_id';

/** What a database has, and the clock on which {@link DatabaseReader.events} are. */
export interface DatabaseSummary {
  readonly runs: number;
  /** Of the newest run. */
  readonly pid: number;
  readonly clock: ClockAnchor;
}

/** What a summary takes of an event. */
export type SummaryRow = Pick<
  TraceEvent,
  'component' | 'eventType' | 'severity' | 'timestampNs' | 'durationNs' | 'requestId'
>;

/** Places rows of every run on the newest one's steady clock, by the wall time of the row where it is known. */
type Placing = (run: string, wallNs: bigint | undefined, timestampNs: bigint) => bigint;

/** Reads the database of a store that may be running, or be of a process that has died. */
export class DatabaseReader {
  readonly #path: string;
  readonly #connection: Connection;
  #placing: Placing | undefined;

  private constructor(path: string, connection: Connection) {
    this.#path = path;
    this.#connection = connection;
  }

  /** @throws TraceError `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT`, `ERR_TRACE_PEER`. */
  static async open(path: string): Promise<DatabaseReader> {
    return new DatabaseReader(path, await openForReading(path));
  }

  /** @throws TraceError `ERR_TRACE_FORMAT` when it is damaged. */
  summary(): DatabaseSummary {
    const [row] = this.#read('SELECT pid, steady_ns, wall_ns FROM run ORDER BY id DESC LIMIT 1');
    return {
      runs: Number(this.#read('SELECT count(*) AS n FROM run')[0]?.n),
      pid: Number(row?.pid ?? 0),
      clock: {
        steadyNs: (row?.steady_ns as bigint | undefined) ?? 0n,
        wallNs: (row?.wall_ns as bigint | undefined) ?? 0n,
      },
    };
  }

  /** How many events there are now; from an index. */
  count(): number {
    return Number(this.#read('SELECT count(*) AS n FROM event')[0]?.n);
  }

  /**
   * All events in the order in which they were stored, of those that are there now. Events of other
   * runs are on the newest one's steady clock, by wall time.
   *
   * @throws TraceError `ERR_TRACE_FORMAT` when it is damaged.
   */
  async *events(): AsyncGenerator<TraceEvent, void, undefined> {
    for await (const row of this.#rows(SELECTED, JOINED)) yield this.#place(readValues(row));
  }

  /** The same with only what a summary takes, which is a quarter of the work: each value of a row costs its conversion. */
  async *summaryRows(): AsyncGenerator<SummaryRow, void, undefined> {
    const place = this.#placingOf();
    const runs = new Map(
      this.#read('SELECT id, run FROM run').map(({ id, run }) => [id as bigint, run as string]),
    );
    // Where the clocks of a run have never parted, its one anchor has placed every row.
    const areInStep = [...this.#anchorsOfRuns().values()].every(({ length }) => length === 1);
    const sql = `SELECT ${SUMMARY_COLUMNS}${areInStep ? '' : ', e.ts'} FROM event e
      WHERE e.id >= ? AND e.id < ? ORDER BY e.id`;
    const [span] = this.#read('SELECT min(id) AS first, max(id) AS last FROM event');
    const last = Number(span?.last ?? 0);
    for (let first = Number(span?.first ?? 1); first <= last; first += CHUNK_ROWS) {
      const end = Math.min(first + CHUNK_ROWS, last + 1);
      const rows = await this.#guarded(() => this.#connection.rows(sql, [first, end]));
      for (const row of rows) {
        const [runId, timestampNs, durationNs, severity, component, eventType, requestId, ts] = row;
        const wallNs = ts === undefined ? undefined : readWallText(ts as string);
        yield {
          component: textOf(component),
          eventType: textOf(eventType),
          severity: severityOf({ id: `from ${first} on`, severity }),
          timestampNs: place(runs.get(runId as bigint) ?? '', wallNs, timestampNs as bigint),
          durationNs: durationNs as bigint,
          requestId: textOf(requestId),
        };
      }
      await nextTurn();
    }
  }

  /**
   * What matches a filter, by the indexes, in the order of wall time: within a microsecond in the order of
   * the steady clock, then of storing.
   *
   * @throws TraceError `ERR_TRACE_QUERY`; `ERR_TRACE_FORMAT` when it is damaged.
   */
  async *find(
    filter: StoreFilter,
    order: 'oldest' | 'newest' = 'oldest',
  ): AsyncGenerator<TraceEvent, void, undefined> {
    const sign = order === 'oldest' ? 1 : -1;
    let instant: TraceEvent[] = [];
    let instantNs: bigint | undefined;
    const inOrder = () => instant.sort((a, b) => sign * compare(a.timestampNs, b.timestampNs));
    let cursor: string | undefined;
    // A first page that fills a screen comes at once.
    for (let limit = 100; ; limit = PAGE_ROWS) {
      const query = checkQuery({ ...filter, order, limit, cursor, count: false });
      const { events, next } = await this.#guarded(() => findEvents(this.#connection, query));
      for (const stored of events) {
        if (stored.wallNs !== instantNs || instant.length >= INSTANT_ROWS_MAX) {
          yield* inOrder();
          instant = [];
          instantNs = stored.wallNs;
        }
        instant.push(this.#place(stored));
      }
      if (next === undefined) break;
      cursor = next;
    }
    yield* inOrder();
  }

  /** The events of a request in the order of {@link find}; undefined when there are more than `limit`. */
  async chain(requestId: string, limit: number): Promise<TraceEvent[] | undefined> {
    const found = await this.#guarded(() => findChain(this.#connection, requestId, limit + 1));
    if (found.length > limit) return undefined;
    return found
      .map((stored) => this.#place(stored))
      .sort((a, b) => compare(a.timestampNs, b.timestampNs));
  }

  /** What is wrong with the database and its events, 100 problems at most. Empty when it is sound. */
  problems(): string[] {
    let rows: Record<string, unknown>[];
    try {
      rows = this.#connection.all(`PRAGMA integrity_check(${PROBLEMS_MAX})`);
    } catch (error) {
      return [(error as Error).message];
    }
    const problems = rows.map((row) => String(row.integrity_check)).filter((text) => text !== 'ok');
    if (problems.length > 0) return problems;
    // Rows that would be found in no query, because what they refer to is not there.
    for (const table of ['run', 'process']) {
      const [row] = this.#read(
        `SELECT count(*) AS n FROM event WHERE ${table} NOT IN (SELECT id FROM ${table})`,
      );
      if (Number(row?.n) > 0) problems.push(`${row?.n} events are of no known ${table}`);
    }
    return problems;
  }

  /** The first problem of each event that has one. */
  async *eventProblems(): AsyncGenerator<{ index: number; message: string }> {
    let index = 0;
    for await (const event of this.events()) {
      try {
        checkEvent({ lane: 0, sequence: 0, event });
      } catch (error) {
        yield { index, message: (error as Error).message };
      }
      index++;
    }
  }

  close(): void {
    this.#connection.abandon();
  }

  /** Rows in the order of storing, of those that are there now. */
  async *#rows(
    columns: string,
    joined: string,
  ): AsyncGenerator<readonly unknown[], void, undefined> {
    const end = Number(this.#read('SELECT coalesce(max(id), 0) AS id FROM event')[0]?.id);
    for (let last = 0; ; ) {
      const sql = `SELECT ${columns} FROM event e ${joined} WHERE e.id > ? AND e.id <= ?
        ORDER BY e.id LIMIT ${CHUNK_ROWS}`;
      const rows = await this.#guarded(() => this.#connection.rows(sql, [last, end]));
      yield* rows;
      if (rows.length < CHUNK_ROWS) return;
      last = Number(rows.at(-1)?.[0]);
      await nextTurn();
    }
  }

  #place({ event, run, wallNs }: StoredEvent): TraceEvent {
    const timestampNs = this.#placingOf()(run, wallNs, event.timestampNs);
    return timestampNs === event.timestampNs ? event : { ...event, timestampNs };
  }

  #placingOf(): Placing {
    this.#placing ??= this.#makePlacing();
    return this.#placing;
  }

  #makePlacing(): Placing {
    const { clock } = this.summary();
    const toSteadyNs = clock.steadyNs - clock.wallNs;
    const runs = this.#anchorsOfRuns();
    return (run, wallNs, timestampNs) => {
      const anchors = runs.get(run);
      const exactNs = anchors === undefined ? (wallNs ?? 0n) : wallNsOf({ anchors }, timestampNs);
      // The row's own time is of whole microseconds. It counts where it was placed by other anchors.
      const isSame = wallNs === undefined || (exactNs >= wallNs && exactNs < wallNs + 1000n);
      return (isSame ? exactNs : wallNs) + toSteadyNs;
    };
  }

  /** Version 1 had only the first one of each run. */
  #anchorsOfRuns(): Map<string, ClockAnchor[]> {
    const [table] = this.#read("SELECT name FROM sqlite_schema WHERE name = 'anchor'");
    const runs = new Map<string, ClockAnchor[]>();
    for (const { run, steady_ns: steadyNs, wall_ns: wallNs } of this.#read(
      table === undefined
        ? 'SELECT run, steady_ns, wall_ns FROM run'
        : `SELECT r.run, a.steady_ns, a.wall_ns FROM run r JOIN anchor a ON a.run = r.id
           ORDER BY a.run, a.steady_ns`,
    )) {
      const anchors = runs.get(run as string) ?? [];
      anchors.push({ steadyNs: steadyNs as bigint, wallNs: wallNs as bigint });
      runs.set(run as string, anchors);
    }
    return runs;
  }

  async #guarded<T>(read: () => T | Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      throw this.#unreadable(cause);
    }
  }

  #read(sql: string, values: readonly number[] = []): Record<string, unknown>[] {
    try {
      return this.#connection.all(sql, values);
    } catch (cause) {
      throw this.#unreadable(cause);
    }
  }

  #unreadable(cause: unknown): unknown {
    if (cause instanceof TraceError) return cause;
    const message = `${this.#path} could not be read: ${(cause as Error).message}`;
    return new TraceError('ERR_TRACE_FORMAT', message, { cause });
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
