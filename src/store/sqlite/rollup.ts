import { bucketOf } from '../../event/duration-bucket.js';
import type { Connection } from './connection.js';
import { mergeBuckets } from './histogram.js';
import { wallMicrosOfText } from './wall-text.js';

export const MINUTE_MICROS = 60_000_000;
/** The process of the row that has the counts of all. */
export const ALL_PROCESSES = 0;
/** Rows changed at once when many events are counted: what is held of them is some megabytes. */
const ENTRIES_MAX = 4096;
const CHUNK_ROWS = 5000;

const EMPTY = new Uint8Array(0);

interface Entry {
  events: number;
  errors: number;
  readonly buckets: Map<number, number>;
}

/**
 * Events on their way into the rollup, or out of it: a row for each minute of wall time and process, with
 * their number, that of the errors, and the histogram of their durations. Written in the transaction that
 * adds or removes the events, so that it has exactly what is there.
 */
export class RollupChange {
  readonly #minutes = new Map<number, Map<number, Entry>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(micros: number, process: number, isError: boolean, durationNs: bigint): void {
    const minute = Math.floor(micros / MINUTE_MICROS);
    let entries = this.#minutes.get(minute);
    if (entries === undefined) {
      entries = new Map();
      this.#minutes.set(minute, entries);
    }
    const entry = this.#entryOf(entries, process);
    const total = this.#entryOf(entries, ALL_PROCESSES);
    entry.events++;
    total.events++;
    if (isError) {
      entry.errors++;
      total.errors++;
    }
    const bucket = bucketOf(durationNs);
    entry.buckets.set(bucket, (entry.buckets.get(bucket) ?? 0) + 1);
  }

  #entryOf(entries: Map<number, Entry>, process: number): Entry {
    let entry = entries.get(process);
    if (entry === undefined) {
      entry = { events: 0, errors: 0, buckets: new Map() };
      entries.set(process, entry);
      this.#size++;
    }
    return entry;
  }

  /**
   * Adds it to what is there, or takes it away.
   *
   * @param known rows as they are in the database, which need not be read again
   */
  write(connection: Connection, sign: 1 | -1, known = new KnownRows()): void {
    const put = connection.prepare(
      `INSERT INTO rollup VALUES (?, ?, ?, ?, ?) ON CONFLICT (minute, process) DO UPDATE SET
       events = excluded.events, errors = excluded.errors, histogram = excluded.histogram`,
    );
    for (const [minute, entries] of this.#minutes) {
      for (const [process, entry] of entries) {
        const old = known.find(connection, minute, process);
        const events = old.events + sign * entry.events;
        const errors = Math.max(0, old.errors + sign * entry.errors);
        const { buckets } = entry;
        const histogram =
          process === ALL_PROCESSES ? EMPTY : mergeBuckets(old.histogram, buckets, sign);
        if (events > 0) {
          put.run(minute, process, events, errors, histogram);
          known.set(minute, process, { events, errors, histogram });
        } else {
          connection.run('DELETE FROM rollup WHERE minute = ? AND process = ?', [minute, process]);
          known.set(minute, process, NONE);
        }
      }
    }
    this.#minutes.clear();
    this.#size = 0;
  }
}

interface Row {
  readonly events: number;
  readonly errors: number;
  readonly histogram: Uint8Array;
}

const NONE: Row = { events: 0, errors: 0, histogram: EMPTY };

/** Rows of the rollup that were just written: most appends change the same ones as the one before. */
export class KnownRows {
  readonly #rows = new Map<number, Map<number, Row>>();
  #size = 0;

  find(connection: Connection, minute: number, process: number): Row {
    const known = this.#rows.get(minute)?.get(process);
    if (known !== undefined) return known;
    const statement = connection.prepare(
      'SELECT events, errors, histogram FROM rollup WHERE minute = ? AND process = ?',
    );
    statement.setReadBigInts(false);
    return (statement.get(minute, process) as Row | undefined) ?? NONE;
  }

  set(minute: number, process: number, row: Row): void {
    if (this.#size > ENTRIES_MAX) this.clear();
    let rows = this.#rows.get(minute);
    if (rows === undefined) {
      rows = new Map();
      this.#rows.set(minute, rows);
    }
    if (!rows.has(process)) this.#size++;
    rows.set(process, row);
  }

  clear(): void {
    this.#rows.clear();
    this.#size = 0;
  }
}

/** Counts events that are there but not in the rollup: ids from `first` to `last`. */
export function rollUp(connection: Connection, first: number, last: number): void {
  const change = new RollupChange();
  for (let from = first; from <= last; ) {
    const rows = connection.all(
      `SELECT id, ts, process, status, duration_ns FROM event WHERE id >= ? AND id <= ?
       ORDER BY id LIMIT ${CHUNK_ROWS}`,
      [from, last],
    );
    for (const row of rows) addRow(change, row);
    if (change.size > ENTRIES_MAX) change.write(connection, 1);
    if (rows.length < CHUNK_ROWS) break;
    from = Number(rows.at(-1)?.id) + 1;
  }
  change.write(connection, 1);
}

/** A row with `ts`, `process`, `status` and `duration_ns`, read with big integers. */
export function addRow(change: RollupChange, row: Record<string, unknown>): void {
  const { ts, process, status, duration_ns: durationNs } = row;
  change.add(
    wallMicrosOfText(ts as string),
    Number(process),
    status === 'ERR',
    durationNs as bigint,
  );
}
