import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TraceError } from '../../errors.js';
import type { TraceEvent } from '../../event/trace-event.js';
import type { Connection } from './connection.js';
import { checkEvent, JOINED, readRow, SELECTED } from './event-row.js';
import { openForReading } from './open-database.js';

/** With what every SQLite database begins: https://sqlite.org/fileformat.html#magic_header_string */
const MAGIC = Buffer.from('SQLite format 3\0');
/** Rows read at once. */
const CHUNK_ROWS = 2000;
const PROBLEMS_MAX = 100;

/** Whether a file is a SQLite database. False when it cannot be read: the next to try says why. */
export function isDatabase(path: string): boolean {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const head = Buffer.alloc(MAGIC.length);
    return readSync(file, head, 0, MAGIC.length, 0) === MAGIC.length && head.equals(MAGIC);
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What a database has, and the clock on which {@link DatabaseReader.events} are. */
export interface DatabaseSummary {
  readonly events: number;
  readonly runs: number;
  /** Of the newest run. */
  readonly pid: number;
  readonly clock: { readonly steadyNs: bigint; readonly wallNs: bigint };
}

/** Reads the database of a store that may be running, or be of a process that has died. */
export class DatabaseReader {
  readonly #path: string;
  readonly #connection: Connection;

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
      events: Number(this.#read('SELECT count(*) AS n FROM event')[0]?.n),
      runs: Number(this.#read('SELECT count(*) AS n FROM run')[0]?.n),
      pid: Number(row?.pid ?? 0),
      clock: {
        steadyNs: (row?.steady_ns as bigint | undefined) ?? 0n,
        wallNs: (row?.wall_ns as bigint | undefined) ?? 0n,
      },
    };
  }

  /**
   * All events in the order in which they were stored, of those that are there now. Events of other
   * runs are on the newest one's steady clock, by wall time.
   *
   * @throws TraceError `ERR_TRACE_FORMAT` when it is damaged.
   */
  async *events(): AsyncGenerator<TraceEvent, void, undefined> {
    const { clock } = this.summary();
    const offsets = new Map<string, bigint>();
    for (const { run, steady_ns, wall_ns } of this.#read(
      'SELECT run, steady_ns, wall_ns FROM run',
    )) {
      const offset = (wall_ns as bigint) - (steady_ns as bigint);
      offsets.set(run as string, offset - (clock.wallNs - clock.steadyNs));
    }
    const end = Number(this.#read('SELECT coalesce(max(id), 0) AS id FROM event')[0]?.id);
    for (let last = 0; ; ) {
      const rows = this.#read(
        `SELECT ${SELECTED} FROM event e ${JOINED} WHERE e.id > ? AND e.id <= ?
         ORDER BY e.id LIMIT ${CHUNK_ROWS}`,
        [last, end],
      );
      for (const row of rows) {
        const { event, run } = readRow(row);
        const shift = offsets.get(run) ?? 0n;
        yield shift === 0n ? event : { ...event, timestampNs: event.timestampNs + shift };
      }
      if (rows.length < CHUNK_ROWS) return;
      last = Number(rows.at(-1)?.id);
      await nextTurn();
    }
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

  #read(sql: string, values: readonly number[] = []): Record<string, unknown>[] {
    try {
      return this.#connection.all(sql, values);
    } catch (cause) {
      const message = `${this.#path} could not be read: ${(cause as Error).message}`;
      throw new TraceError('ERR_TRACE_FORMAT', message, { cause });
    }
  }
}
