// What SQLite itself takes: the rows that the pipeline has stored, inserted once more into an empty
// database of the same schema by one prepared statement in a bare loop.

import { SqliteStore } from 'aegis-trace/store';

/** As the store does it: node:sqlite, or where Node has none the package with the same interface. */
const { DatabaseSync } =
  process.getBuiltinModule?.('node:sqlite') ?? (await import('@photostructure/sqlite'));

/** Rows of a transaction: of 1 000, 4 000 and 16 000 all do as well. */
const ROWS = 4_000;

/** @returns rows a second. */
export async function measureLimit(from, to) {
  await (await SqliteStore.open({ path: to })).close();
  const source = new DatabaseSync(from);
  const rows = source.prepare('SELECT * FROM event').all();
  source.close();
  const columns = Object.keys(rows[0]);
  const values = rows.map((row) => columns.map((column) => row[column]));
  const target = new DatabaseSync(to);
  target.exec('PRAGMA synchronous = NORMAL');
  const places = columns.map(() => '?').join(',');
  const insert = target.prepare(`INSERT INTO event (${columns.join(',')}) VALUES (${places})`);
  const start = performance.now();
  for (let at = 0; at < values.length; at += ROWS) {
    target.exec('BEGIN IMMEDIATE');
    for (const row of values.slice(at, at + ROWS)) insert.run(...row);
    target.exec('COMMIT');
  }
  const seconds = (performance.now() - start) / 1000;
  target.close();
  return values.length / seconds;
}
