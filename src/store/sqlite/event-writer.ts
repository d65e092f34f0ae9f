import type { ClockAnchor } from '../../event/clock.js';
import type { AppendResult, RejectedEvent } from '../../event/event-sink.js';
import { processOf } from '../../event/event-status.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import { BadEvent, checkEvent } from '../check-event.js';
import type { ForeignBatch, ForeignEvent, RunBatch } from '../event-store.js';
import { foreignRun } from '../foreign-run.js';
import type { Connection } from './connection.js';
import { COLUMNS, type RowRun, storable, writeRow } from './event-row.js';
import { KnownRows, RollupChange, rollUp } from './rollup.js';
import { resultCode, SQLITE, type SqlValue } from './sqlite-driver.js';
import { noteInsertion, readState, type StoreState, takeId, writeState } from './store-state.js';

/** Rows of one statement: a call costs more than a row's part in it. Of 16, 32 and 64 all do as well. */
const ROWS = 16;
/** Names whose ids are remembered. */
const NAMES_MAX = 65_536;

const NANOS_PER_MILLI = 1_000_000n;

const ROW = `(${COLUMNS.map(() => '?').join(',')})`;
/**
 * FAIL leaves the rows before a refused one where they are. With SQLite's own choice, ABORT, a statement
 * of several rows copies every page that it changes, to undo itself: a third of the time of an append.
 */
const insertOf = (rows: number): string =>
  `INSERT OR FAIL INTO event (${COLUMNS.join(',')}) VALUES ${Array(rows).fill(ROW).join(',')} ` +
  'ON CONFLICT (run, place) DO NOTHING';
const insertForeignOf = (rows: number): string =>
  `INSERT INTO foreign_event VALUES ${Array(rows).fill('(?, ?, 0, ?, ?)').join(',')}`;
const knownForeignOf = (rows: number): string =>
  `SELECT key FROM foreign_event WHERE key IN (${Array(rows).fill('?').join(',')})`;
const PROCESS_AT = COLUMNS.indexOf('process');
const STATUS_AT = COLUMNS.indexOf('status');
const DURATION_AT = COLUMNS.indexOf('duration_ns');
const INSERT_ONE = insertOf(1);
const INSERT_MANY = insertOf(ROWS);

/** Refusals of the row itself. Every other failure is the database's, and concerns the batch. */
const ROW_CODES: readonly (number | undefined)[] = [
  SQLITE.tooBig,
  SQLITE.constraint,
  SQLITE.mismatch,
];

function isRowProblem(error: unknown): boolean {
  return error instanceof BadEvent || ROW_CODES.includes(resultCode(error));
}

/** Appends to one database. Remembers ids and counts, for as long as nobody else changes the database. */
export class EventWriter {
  readonly connection: Connection;
  readonly #runs = new Map<string, { id: number; anchors: number }>();
  readonly #processes = new Map<string, number>();
  #dataVersion: number | undefined;
  readonly #many: SqlValue[] = [];
  readonly #one: SqlValue[] = [];
  /** Of each row in `#many`: microseconds. */
  readonly #times: number[] = [];
  #rollup = new RollupChange();
  readonly #rollupRows = new KnownRows();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Forgets ids and counts: their rows may be gone, or be others. */
  forget(): void {
    this.#runs.clear();
    this.#processes.clear();
    this.#rollupRows.clear();
  }

  /** In one transaction. @throws what SQLite throws when the batches as a whole cannot be stored. */
  append(batches: readonly (RunBatch | ForeignBatch)[], durable: boolean): AppendResult[] {
    this.connection.setDurable(durable);
    try {
      return this.#transaction(batches, ROWS);
    } catch (error) {
      if (!isRowProblem(error)) throw error;
      // What it is about can only be said of a statement of one row.
      return this.#transaction(batches, 1);
    }
  }

  #transaction(batches: readonly (RunBatch | ForeignBatch)[], rows: number): AppendResult[] {
    try {
      return this.connection.transaction(() =>
        batches.map((batch) =>
          'run' in batch
            ? this.#insert(batch.run, batch.events, rows)
            : this.#insertForeign(batch, rows),
        ),
      );
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  #insert(run: RunInfo, events: readonly RecordedEvent[], rows: number): AppendResult {
    const { state, first } = this.#begin();
    const rowRun: RowRun = { id: this.#runId(run), run };
    let nextId = first;
    const rejected: RejectedEvent[] = [];
    const pending: number[] = [];
    let inserted = 0;
    const flush = (isWhole: boolean): void => {
      inserted += isWhole ? this.#insertRows(nextId, ROWS) : this.#insertEach(pending, rejected);
      nextId += pending.length;
      pending.length = 0;
    };
    for (let index = 0; index < events.length; index++) {
      const placed = events[index] as RecordedEvent;
      try {
        checkEvent(placed);
        const processId = this.#processId(processOf(placed.event));
        this.#times[pending.length] = writeRow(
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
      if (pending.length === rows) flush(rows === ROWS);
    }
    flush(false);
    this.#end(state, inserted > 0, first, nextId);
    // Positions differ when a row of a group is refused later than one that was no row at all.
    rejected.sort((a, b) => a.index - b.index);
    return { inserted, duplicates: events.length - inserted - rejected.length, rejected };
  }

  /** An event's place is its id, which is never given twice. */
  #insertForeign({ source, foreign }: ForeignBatch, rows: number): AppendResult {
    const { state, first } = this.#begin();
    const run = foreignRun(state.database, source);
    const rowRun: RowRun = { id: this.#runId(run), run };
    // One that folds, or may be refused, depends on those before it.
    const isEach = rows === 1 || foreign.some(({ folds }) => folds === true);
    const { nextId, ...result } = isEach
      ? this.#insertForeignEach(foreign, rowRun, first)
      : this.#insertForeignRows(foreign, rowRun, first);
    const inserted = nextId - first;
    this.#end(state, inserted > 0, first, nextId);
    const duplicates = foreign.length - inserted - result.rejected.length;
    return { inserted, duplicates, ...result };
  }

  #insertForeignEach(foreign: readonly ForeignEvent[], rowRun: RowRun, first: number) {
    const rejected: RejectedEvent[] = [];
    let nextId = first;
    let folded = 0;
    for (const [index, item] of foreign.entries()) {
      const known = this.#knownForeign(item);
      if (known !== undefined) {
        if (item.folds === true) this.#fold(known, item);
        folded += Number(item.folds === true);
        continue;
      }
      const placed: RecordedEvent = { lane: 0, sequence: nextId, event: item.event };
      try {
        checkEvent(placed);
        const processId = this.#processId(processOf(item.event));
        this.#times[0] = writeRow(this.#many, 0, placed, nextId, rowRun, processId);
      } catch (error) {
        rejected.push(rejection(index, error));
        continue;
      }
      if (this.#insertEach([index], rejected) === 0) continue;
      this.#insertKeys([item], nextId);
      nextId++;
    }
    return { nextId, folded, rejected };
  }

  #insertForeignRows(foreign: readonly ForeignEvent[], rowRun: RowRun, first: number) {
    const rejected: RejectedEvent[] = [];
    let pending: ForeignEvent[] = [];
    let nextId = first;
    const flush = (): void => {
      this.#insertRows(nextId, pending.length);
      this.#insertKeys(pending, nextId);
      nextId += pending.length;
      pending = [];
    };
    const known = this.#knownKeys(foreign);
    for (const [index, item] of foreign.entries()) {
      const key = item.key && keyText(item.key);
      if (key !== undefined && known.has(key)) continue;
      const sequence = nextId + pending.length;
      try {
        const placed: RecordedEvent = { lane: 0, sequence, event: item.event };
        checkEvent(placed);
        const processId = this.#processId(processOf(item.event));
        const at = pending.length * COLUMNS.length;
        this.#times[pending.length] = writeRow(this.#many, at, placed, sequence, rowRun, processId);
      } catch (error) {
        rejected.push(rejection(index, error));
        continue;
      }
      if (key !== undefined) known.add(key);
      pending.push(item);
      if (pending.length === ROWS) flush();
    }
    if (pending.length > 0) flush();
    return { nextId, folded: 0, rejected };
  }

  #insertKeys(items: readonly ForeignEvent[], firstId: number): void {
    const values: SqlValue[] = [];
    for (const [index, { key, event }] of items.entries()) {
      if (key !== undefined) values.push(firstId + index, key, event.timestampNs, receivedNs());
    }
    if (values.length > 0) this.connection.run(insertForeignOf(values.length / 4), values);
  }

  /** Those of the keys that the database has. */
  #knownKeys(foreign: readonly ForeignEvent[]): Set<string> {
    const keys = foreign.flatMap(({ key }) => (key === undefined ? [] : [key]));
    const known = new Set<string>();
    for (let at = 0; at < keys.length; at += ROWS) {
      const some = keys.slice(at, at + ROWS);
      const rows = this.connection.all(knownForeignOf(some.length), some);
      for (const { key } of rows) known.add(keyText(key as Uint8Array));
    }
    return known;
  }

  #knownForeign({ key }: ForeignEvent): number | undefined {
    if (key === undefined) return undefined;
    return this.connection.number('SELECT event FROM foreign_event WHERE key = ?', [key]);
  }

  #fold(known: number, { event }: ForeignEvent): void {
    this.connection.run(
      `UPDATE foreign_event SET repeats = repeats + 1, last_ns = max(last_ns, ?), received_ns = ?
       WHERE event = ?`,
      [event.timestampNs, receivedNs(), known],
    );
  }

  #begin(): { state: StoreState; first: number } {
    const version = this.connection.number('PRAGMA data_version');
    if (version !== this.#dataVersion) this.forget();
    this.#dataVersion = version;
    const state = readState(this.connection);
    const first = this.#firstId(state);
    this.#rollup = new RollupChange();
    return { state, first };
  }

  #end(state: StoreState, hasInserted: boolean, first: number, nextId: number): void {
    if (hasInserted) {
      noteInsertion(this.connection, first, state.nowMs);
      this.#rollup.write(this.connection, 1, this.#rollupRows);
    }
    // Also when all was there before: what is to be durable takes a commit that writes something.
    writeState(this.connection, state, nextId);
  }

  /** The next id. Takes in what an older release has appended, which knows nothing of all this. */
  #firstId({ nextEvent, nowMs }: StoreState): number {
    const last = this.connection.number('SELECT max(id) FROM event') ?? 0;
    if (last < nextEvent) return nextEvent;
    rollUp(this.connection, nextEvent, last);
    this.#rollupRows.clear();
    noteInsertion(this.connection, nextEvent, nowMs);
    return last + 1;
  }

  /** The first rows of `#many`. */
  #insertRows(firstId: number, rows: number): number {
    const values = rows === ROWS ? this.#many : this.#many.slice(0, rows * COLUMNS.length);
    const inserted = this.connection.run(rows === ROWS ? INSERT_MANY : insertOf(rows), values);
    if (inserted === rows) {
      for (let row = 0; row < rows; row++) this.#count(row);
    } else if (inserted > 0) {
      const ids = this.connection.all('SELECT id FROM event WHERE id >= ?', [firstId]);
      for (const { id } of ids) this.#count(Number(id) - firstId);
    }
    return inserted;
  }

  #insertEach(pending: readonly number[], rejected: RejectedEvent[]): number {
    let inserted = 0;
    for (let row = 0; row < pending.length; row++) {
      for (let column = 0; column < COLUMNS.length; column++) {
        this.#one[column] = this.#many[row * COLUMNS.length + column] as SqlValue;
      }
      try {
        const changes = this.connection.run(INSERT_ONE, this.#one);
        if (changes > 0) this.#count(row);
        inserted += changes;
      } catch (error) {
        const index = pending[row] as number;
        rejected.push(rejection(index, error));
      }
    }
    return inserted;
  }

  /** A row of `#many` that was inserted. */
  #count(row: number): void {
    const at = row * COLUMNS.length;
    this.#rollup.add(
      this.#times[row] as number,
      this.#many[at + PROCESS_AT] as number,
      this.#many[at + STATUS_AT] === 'ERR',
      this.#many[at + DURATION_AT] as bigint,
    );
  }

  #runId({ run, pid, anchors, ...program }: RunInfo): number {
    const known = this.#runs.get(run);
    if (known?.anchors === anchors.length) return known.id;
    const { steadyNs, wallNs } = anchors[0] as ClockAnchor;
    const { host = '', service = '', project = '', version = '' } = program;
    let id = known?.id ?? this.connection.number('SELECT id FROM run WHERE run = ?', [run]);
    if (id === undefined) {
      id = takeId(this.connection, 'run');
      this.connection.run(
        `INSERT INTO run (id, run, pid, steady_ns, wall_ns, host, service, project, version)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [id, run, pid, steadyNs, wallNs, host, service, project, version],
      );
    }
    for (const anchor of anchors) {
      this.connection.run('INSERT OR IGNORE INTO anchor VALUES (?, ?, ?)', [
        id,
        anchor.steadyNs,
        anchor.wallNs,
      ]);
    }
    this.#runs.set(run, { id, anchors: anchors.length });
    return id;
  }

  #processId(name: string): number {
    const known = this.#processes.get(name);
    if (known !== undefined) return known;
    const value = storable(name);
    let id = this.connection.number('SELECT id FROM process WHERE name = ?', [value]);
    if (id === undefined) {
      id = takeId(this.connection, 'process');
      this.connection.run('INSERT INTO process (id, name) VALUES (?, ?)', [id, value]);
    }
    if (this.#processes.size >= NAMES_MAX) this.#processes.clear();
    this.#processes.set(name, id);
    return id;
  }
}

const keyText = (key: Uint8Array): string =>
  Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');

const receivedNs = (): bigint => BigInt(Date.now()) * NANOS_PER_MILLI;

/** @throws the error itself when it is not about the row. */
function rejection(index: number, error: unknown): RejectedEvent {
  if (!isRowProblem(error) && !(error instanceof TypeError)) throw error;
  return { index, reason: (error as Error).message };
}
