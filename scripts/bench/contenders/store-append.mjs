// Rows per second through append(), against a loop that only runs a prepared statement with the same
// values into the same schema. Making the events, or the values, is not part of either.

import { SqliteStore } from 'aegis-trace/store';
import { loadDriver } from '../../../dist/store/sqlite/sqlite-driver.js';
import { makeBatch, makeRun } from '../stored-events.mjs';

export async function measure({ folder, events, batch, bare }) {
  const path = `${folder}/append-${bare ? 'bare' : 'store'}-${process.pid}.db`;
  const store = await SqliteStore.open({ path });
  const run = makeRun();
  // Makes the ids that the rows of the loop refer to, and lets both have run before the clock does.
  await store.append(run, makeBatch(0, batch, events));
  const insert = bare ? await makeLoop(path, run) : (items) => store.append(run, items);
  let ns = 0n;
  for (let first = batch; first < events; first += batch) {
    const items = makeBatch(first, batch, events);
    const prepared = bare ? insert.prepare(items, first) : items;
    const start = process.hrtime.bigint();
    if (bare) insert.run(prepared);
    else await insert(prepared);
    ns += process.hrtime.bigint() - start;
  }
  const { events: stored } = await store.stats();
  await store.close();
  if (bare) insert.close();
  if (stored !== events) throw new Error(`stored ${stored} of ${events} events`);
  return { perSecond: (events - batch) / (Number(ns) / 1e9) };
}

/** The loop: rows of values that are ready, one statement, one transaction a batch. */
async function makeLoop(path, run) {
  const { COLUMNS, writeRow } = await import('../../../dist/store/sqlite/event-row.js');
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(path);
  database.exec(
    'PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4096',
  );
  const places = COLUMNS.map(() => '?').join(',');
  const statement = database.prepare(
    `INSERT INTO event (${COLUMNS.join(',')}) VALUES (${places}) ON CONFLICT (run, place) DO NOTHING`,
  );
  const row = { id: 1, run };
  const processes = new Map(
    database
      .prepare('SELECT id, name FROM process')
      .all()
      .map(({ id, name }) => [name, id]),
  );
  return {
    prepare: (items, first) =>
      items.map((item, index) => {
        const values = [];
        const process = processes.get(item.event.attributes.process);
        writeRow(values, 0, item, first + index + 1, row, process);
        return values;
      }),
    run: (rows) => {
      database.exec('BEGIN IMMEDIATE');
      for (const values of rows) statement.run(...values);
      database.exec('COMMIT');
    },
    close: () => database.close(),
  };
}
