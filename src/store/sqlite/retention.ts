import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RunInfo } from '../../event/recorded-event.js';
import type { PurgeOptions, PurgeResult, RunBatch, StoredEvent } from '../event-store.js';
import { runOf } from './aggregates.js';
import type { Archive } from './archive.js';
import type { Connection } from './connection.js';
import { JOINED, readValues, SELECTED } from './event-row.js';
import { addRow, RollupChange } from './rollup.js';
import { firstYounger } from './store-state.js';

/** Rows of one transaction: about 2 ms, measured, 10 with a checkpoint; what waits for the lock waits no longer. */
export const PURGE_STEP_ROWS = 500;
/** Pages given back in one transaction. */
const VACUUM_STEP_PAGES = 128;
/** Names looked at in one transaction. */
const NAME_STEP = 1000;
/** Freed pages that stay for what is appended next: giving them back to take them again costs twice. */
const FREE_SHARE_MAX = 1 / 8;

interface NameSearch {
  readonly table: 'run' | 'process';
  readonly after: number;
}

const FIRST_NAMES: NameSearch = { table: 'run', after: 0 };

/** The purges of one database, and what goes on from one to the next. */
export class Retention {
  readonly connection: Connection;
  readonly #isOpen: () => boolean;
  readonly #forget: () => void;
  readonly #archive: Archive | undefined;
  /** Where the search for names that nothing has any more has come to; undefined when none is due. */
  #search: NameSearch | undefined = FIRST_NAMES;

  /**
   * @param isOpen whether the database is still the one to purge
   * @param forget called with each step: what was known of names may be wrong
   * @param archive has events before they are removed
   */
  constructor(
    connection: Connection,
    isOpen: () => boolean,
    forget: () => void,
    archive: Archive | undefined,
  ) {
    this.connection = connection;
    this.#isOpen = isOpen;
    this.#forget = forget;
    this.#archive = archive;
  }

  /**
   * Removes what was inserted earlier, then names that nothing has any more, and gives space back. Each
   * step is a transaction of its own; in between others have their turn. What a budget does not allow is
   * left for the next time, which goes on where this one ended.
   */
  async purge(
    olderThanMs: number,
    { budgetMs = Number.POSITIVE_INFINITY }: PurgeOptions,
  ): Promise<PurgeResult> {
    const end = performance.now() + budgetMs;
    let removed = 0;
    for await (const step of this.#steps(olderThanMs)) {
      removed += step;
      if (performance.now() >= end) return { removed, isDone: false };
      await nextTurn();
    }
    return { removed, isDone: true };
  }

  /** Each value is what one transaction removed of the events. */
  async *#steps(olderThanMs: number): AsyncGenerator<number, void, undefined> {
    const youngest = this.#transaction((connection) => firstYounger(connection, olderThanMs)) ?? 0;
    for (let removed = PURGE_STEP_ROWS; removed === PURGE_STEP_ROWS; ) {
      const end = await this.#archivedTo(youngest);
      removed = this.#transaction((connection) => removeEvents(connection, end)) ?? 0;
      // A step that had nothing to do is none: with the smallest budget, too, each call gets on.
      if (removed === 0) break;
      this.#search ??= FIRST_NAMES;
      yield removed;
    }
    while (this.#search !== undefined) {
      const search = this.#search;
      this.#search = this.#transaction((connection) => removeNames(connection, search));
      yield 0;
    }
    while (this.#isOpen() && giveBackPages(this.connection)) yield 0;
  }

  /** @returns the end of what may be removed next. */
  async #archivedTo(end: number): Promise<number> {
    if (this.#archive === undefined || !this.#isOpen()) return end;
    const rows = this.connection.rows(
      `SELECT ${SELECTED} FROM event e ${JOINED} WHERE e.id < ? ORDER BY e.id LIMIT ${PURGE_STEP_ROWS}`,
      [end],
    );
    if (rows.length === 0) return end;
    const isKept = await this.#archive.keep(batchesOf(this.connection, rows.map(readValues)));
    return isKept ? Number(rows.at(-1)?.[0]) + 1 : 0;
  }

  #transaction<T>(body: (connection: Connection) => T): T | undefined {
    if (!this.#isOpen()) return undefined;
    try {
      return this.connection.transaction(() => body(this.connection));
    } finally {
      this.#forget();
    }
  }
}

function batchesOf(connection: Connection, events: readonly StoredEvent[]): RunBatch[] {
  const batches = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const batch = batches.get(event.run);
    if (batch === undefined) batches.set(event.run, [event]);
    else batch.push(event);
  }
  return [...batches].map(([run, ofRun]) => ({
    run: runOf(connection, run) as RunInfo,
    events: ofRun,
  }));
}

/** Removes the first events before `end`, and counts them out of the rollup. @returns how many. */
function removeEvents(connection: Connection, end: number): number {
  const rows = connection.all(
    `SELECT id, ts, process, status, duration_ns FROM event WHERE id < ?
     ORDER BY id LIMIT ${PURGE_STEP_ROWS}`,
    [end],
  );
  if (rows.length < PURGE_STEP_ROWS) {
    connection.run('DELETE FROM insertion WHERE first_event < ?', [end]);
  }
  if (rows.length === 0) return 0;
  const last = Number(rows.at(-1)?.id);
  const change = new RollupChange();
  for (const row of rows) addRow(change, row);
  change.write(connection, -1);
  connection.run('DELETE FROM event WHERE id <= ?', [last]);
  connection.run('DELETE FROM foreign_event WHERE event <= ?', [last]);
  connection.run('UPDATE store SET purged = purged + ?, purged_to = ? WHERE id = 1', [
    rows.length,
    last,
  ]);
  return rows.length;
}

/** Looks at the next names and removes those that nothing has. @returns where to go on. */
function removeNames(connection: Connection, { table, after }: NameSearch): NameSearch | undefined {
  const last = connection.number(
    `SELECT max(id) FROM (SELECT id FROM ${table} WHERE id > ? ORDER BY id LIMIT ${NAME_STEP})`,
    [after],
  );
  if (last === undefined) return table === 'run' ? { table: 'process', after: 0 } : undefined;
  connection.run(
    `DELETE FROM ${table} WHERE id > ? AND id <= ?
     AND NOT EXISTS (SELECT 1 FROM event WHERE event.${table} = ${table}.id)`,
    [after, last],
  );
  if (table === 'run') {
    connection.run(
      'DELETE FROM anchor WHERE run > ? AND run <= ? AND run NOT IN (SELECT id FROM run)',
      [after, last],
    );
  }
  return { table, after: last };
}

/** @returns whether there is more to give back. */
function giveBackPages(connection: Connection): boolean {
  const free = connection.number('PRAGMA freelist_count') as number;
  const pages = connection.number('PRAGMA page_count') as number;
  if (free <= Math.ceil(pages * FREE_SHARE_MAX)) return false;
  connection.database.exec(`PRAGMA incremental_vacuum(${VACUUM_STEP_PAGES})`);
  return (connection.number('PRAGMA freelist_count') as number) < free;
}

/**
 * Takes the log into the database as far as readers let it.
 *
 * @returns what is left in the log that a reader still needs, bytes.
 */
export function checkpoint(connection: Connection): number {
  const row = connection.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
  const pages = Number(row?.log) - Number(row?.checkpointed);
  return Math.max(0, pages) * (connection.number('PRAGMA page_size') as number);
}
