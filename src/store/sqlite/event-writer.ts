import type { ClockAnchor } from '../../event/clock.js';
import type { AppendResult, RejectedEvent } from '../../event/event-sink.js';
import type { PlacedEvent, RunInfo } from '../../event/placed-event.js';
import type { Connection } from './connection.js';
import {
  BadRow,
  COLUMNS,
  checkEvent,
  processOf,
  type RowRun,
  storable,
  writeRow,
} from './event-row.js';
import { resultCode, SQLITE, type SqlValue } from './sqlite-driver.js';

/** Rows of one statement: a call costs more than a row's part in it. Of 16, 32 and 64 all do as well. */
const ROWS = 16;
/** Names whose ids are remembered. */
const NAMES_MAX = 65_536;

const ROW = `(${COLUMNS.map(() => '?').join(',')})`;
/**
 * FAIL leaves the rows before a refused one where they are. With SQLite's own choice, ABORT, a statement
 * of several rows copies every page that it changes, to undo itself: a third of the time of an append.
 */
const insertOf = (rows: number): string =>
  `INSERT OR FAIL INTO event (${COLUMNS.join(',')}) VALUES ${Array(rows).fill(ROW).join(',')} ` +
  'ON CONFLICT (run, place) DO NOTHING';
const INSERT_ONE = insertOf(1);
const INSERT_MANY = insertOf(ROWS);

/** Refusals of the row itself. Every other failure is the database's, and concerns the batch. */
const ROW_CODES: readonly (number | undefined)[] = [
  SQLITE.tooBig,
  SQLITE.constraint,
  SQLITE.mismatch,
];

function isRowProblem(error: unknown): boolean {
  return error instanceof BadRow || ROW_CODES.includes(resultCode(error));
}

/** Appends to one database. Remembers ids, for as long as nobody else changes the database. */
export class EventWriter {
  readonly connection: Connection;
  readonly #runs = new Map<string, number>();
  readonly #processes = new Map<string, number>();
  #dataVersion: number | undefined;
  readonly #many: SqlValue[] = [];
  readonly #one: SqlValue[] = [];

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Forgets ids: rows they name may be gone. */
  forget(): void {
    this.#runs.clear();
    this.#processes.clear();
  }

  /** In one transaction. @throws what SQLite throws when the batch as a whole cannot be stored. */
  append(run: RunInfo, events: readonly PlacedEvent[], durable: boolean): AppendResult {
    this.connection.setDurable(durable);
    try {
      return this.#transaction(run, events, ROWS);
    } catch (error) {
      if (!isRowProblem(error)) throw error;
      // What it is about can only be said of a statement of one row.
      return this.#transaction(run, events, 1);
    }
  }

  #transaction(run: RunInfo, events: readonly PlacedEvent[], rows: number): AppendResult {
    try {
      return this.connection.transaction(() => this.#insert(run, events, rows));
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  #insert(run: RunInfo, events: readonly PlacedEvent[], rows: number): AppendResult {
    const connection = this.connection;
    const version = connection.number('PRAGMA data_version');
    if (version !== this.#dataVersion) this.forget();
    this.#dataVersion = version;
    const rowRun: RowRun = { id: this.#runId(run), run };
    let nextId = (connection.number('SELECT max(id) FROM event') ?? 0) + 1;
    const rejected: RejectedEvent[] = [];
    const pending: number[] = [];
    let inserted = 0;
    for (let index = 0; index < events.length; index++) {
      const placed = events[index] as PlacedEvent;
      try {
        checkEvent(placed);
        const processId = this.#processId(processOf(placed));
        writeRow(
          this.#many,
          pending.length * COLUMNS.length,
          placed,
          nextId + pending.length,
          rowRun,
          processId,
        );
        pending.push(index);
      } catch (error) {
        rejected.push(rejection(index, error));
      }
      if (pending.length < rows) continue;
      inserted +=
        rows === ROWS
          ? this.connection.run(INSERT_MANY, this.#many)
          : this.#insertEach(pending, rejected);
      nextId += rows;
      pending.length = 0;
    }
    inserted += this.#insertEach(pending, rejected);
    // Positions differ when a row of a group is refused later than one that was no row at all.
    rejected.sort((a, b) => a.index - b.index);
    return { inserted, duplicates: events.length - inserted - rejected.length, rejected };
  }

  #insertEach(pending: readonly number[], rejected: RejectedEvent[]): number {
    let inserted = 0;
    for (let row = 0; row < pending.length; row++) {
      for (let column = 0; column < COLUMNS.length; column++) {
        this.#one[column] = this.#many[row * COLUMNS.length + column] as SqlValue;
      }
      try {
        inserted += this.connection.run(INSERT_ONE, this.#one);
      } catch (error) {
        const index = pending[row] as number;
        rejected.push(rejection(index, error));
      }
    }
    return inserted;
  }

  #runId({ run, pid, anchors }: RunInfo): number {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    const { steadyNs, wallNs } = anchors[0] as ClockAnchor;
    this.connection.run(
      'INSERT INTO run (run, pid, steady_ns, wall_ns) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      [run, pid, steadyNs, wallNs],
    );
    const id = this.connection.number('SELECT id FROM run WHERE run = ?', [run]) as number;
    this.#runs.set(run, id);
    return id;
  }

  #processId(name: string): number {
    const known = this.#processes.get(name);
    if (known !== undefined) return known;
    const value = storable(name);
    this.connection.run('INSERT INTO process (name) VALUES (?) ON CONFLICT DO NOTHING', [value]);
    const id = this.connection.number('SELECT id FROM process WHERE name = ?', [value]) as number;
    if (this.#processes.size >= NAMES_MAX) this.#processes.clear();
    this.#processes.set(name, id);
    return id;
  }
}

/** @throws the error itself when it is not about the row. */
function rejection(index: number, error: unknown): RejectedEvent {
  if (!isRowProblem(error) && !(error instanceof TypeError)) throw error;
  return { index, reason: (error as Error).message };
}
