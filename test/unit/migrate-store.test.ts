import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { DatabaseReader } from '../../src/store/sqlite/read-database.js';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';
import { connect, makeStoreFolder, openStore, passTime } from '../support/store-folder.js';

/** Made by the last release that had schema version 1: 600 events of three runs and seven processes. */
const FIXTURE = fileURLToPath(new URL('../fixtures/store-v1.db.gz', import.meta.url));
const EVENTS = 600;

function makeOld(): string {
  const path = join(makeStoreFolder(), 'observability.db');
  writeFileSync(path, gunzipSync(readFileSync(FIXTURE)));
  return path;
}

async function rowsOf(path: string): Promise<unknown> {
  const database = await connect(path);
  const statement = database.prepare(
    `SELECT e.*, p.name, r.run AS run_uuid, r.pid FROM event e
     LEFT JOIN process p ON p.id = e.process LEFT JOIN run r ON r.id = e.run ORDER BY e.id`,
  );
  statement.setReadBigInts(true);
  const rows = statement.all();
  database.close();
  return rows;
}

it('a database of version 1 keeps every row as it is, and goes on', async () => {
  const path = makeOld();
  const before = await rowsOf(path);
  const { store, notices } = await openStore({ path });
  expect(await rowsOf(path)).toEqual(before);
  expect(notices).toEqual([]);
  const stats = await store.stats();
  expect(stats).toMatchObject({ events: EVENTS, errors: 39, runs: 3, purged: 0 });
  expect(await store.append(makeRun(), makeEvents(5))).toMatchObject({ inserted: 5 });
  const { events } = await store.query({ requestId: 'odd\0' + '1', limit: 1000 });
  expect(events.length).toBeGreaterThan(0);
  const database = await connect(path);
  expect(database.prepare('SELECT max(id) AS id FROM event').get()?.id).toBe(EVENTS + 5);
  expect(database.prepare('PRAGMA user_version').get()?.user_version).toBe(5);
  expect(database.prepare('PRAGMA integrity_check').get()?.integrity_check).toBe('ok');
});

it('what was in a database of version 1 is in the counts of version 2', async () => {
  const path = makeOld();
  await openStore({ path });
  const database = await connect(path);
  const sums = (sql: string) => database.prepare(sql).all();
  expect(
    sums(`SELECT process, sum(events) AS events, sum(errors) AS errors FROM rollup
      WHERE process > 0 GROUP BY process ORDER BY process`),
  ).toEqual(
    sums(`SELECT process, count(*) AS events, sum(status = 'ERR') AS errors FROM event
      GROUP BY process ORDER BY process`),
  );
  expect(
    sums('SELECT minute, events, errors FROM rollup WHERE process = 0 ORDER BY minute'),
  ).toEqual(
    sums(`SELECT CAST(strftime('%s', ts) AS INTEGER) / 60 AS minute, count(*) AS events,
      sum(status = 'ERR') AS errors FROM event GROUP BY minute ORDER BY minute`),
  );
});

it('what was in a database of version 1 stays for one more retention, then goes', async () => {
  const path = makeOld();
  const { store } = await openStore({ path });
  expect(await store.maintain()).toEqual({ removed: 0, isDone: true });
  await passTime(path, 7 * 3_600_000);
  expect(await store.maintain()).toEqual({ removed: EVENTS, isDone: true });
  const database = await connect(path);
  expect(database.prepare('SELECT count(*) AS n FROM rollup').get()?.n).toBe(0);
  expect(database.prepare('SELECT count(*) AS n FROM process').get()?.n).toBe(0);
});

it('commands read a database of version 1 without changing a byte of it', async () => {
  const path = makeOld();
  const before = readFileSync(path);
  const reader = await DatabaseReader.open(path);
  let count = 0;
  for await (const { eventId } of reader.events()) count += eventId === '' ? 0 : 1;
  expect(count).toBe(EVENTS);
  expect(reader.problems()).toEqual([]);
  reader.close();
  expect(readFileSync(path).equals(before)).toBe(true);
});

it('a migration that ends in the middle leaves version 1, and the next one does it', async () => {
  const path = makeOld();
  const database = await connect(path);
  // In the way of the last thing that the migration makes.
  database.exec('ALTER TABLE event RENAME COLUMN duration_ns TO other');
  await expect(SqliteStore.open({ path })).rejects.toMatchObject({ code: 'ERR_TRACE_STORE' });
  expect(database.prepare('PRAGMA user_version').get()?.user_version).toBe(1);
  expect(database.prepare("SELECT name FROM sqlite_schema WHERE name = 'rollup'").all()).toEqual(
    [],
  );
  database.exec('ALTER TABLE event RENAME COLUMN other TO duration_ns');
  const { store } = await openStore({ path });
  expect((await store.stats()).events).toBe(EVENTS);
});

it('rows that an older release appends to the file are taken in by the next append', async () => {
  const { store, path } = await openStore();
  const run = makeRun();
  await store.append(run, makeEvents(10));
  const database = await connect(path);
  database.exec(`INSERT INTO event SELECT id + 10, run, place + 10, ts, timestamp_ns, duration_ns,
    status, severity, process, event_type, component, model_id, event_id, request_id, request_key,
    rationale, attributes FROM event`);
  await store.append(run, makeEvents(25));
  expect((await store.stats()).events).toBe(25);
  const [total] = database.prepare('SELECT sum(events) AS n FROM rollup WHERE process = 0').all();
  expect(total?.n).toBe(25);
});
