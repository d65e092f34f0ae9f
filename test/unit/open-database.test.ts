import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { migrate } from '../../src/store/sqlite/open-database.js';
import { APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION } from '../../src/store/sqlite/schema.js';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import { expectTraceError } from '../support/collect.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';
import { connect, makeStoreFolder, openStore } from '../support/store-folder.js';

const modeOf = (path: string): number => statSync(path).mode & 0o777;
const countOf = async (store: SqliteStore) => (await store.stats()).events;

it('makes the folder and the file, for its owner only', async () => {
  const path = join(makeStoreFolder(), 'logs', 'deep', 'observability.db');
  const { store } = await openStore({ path });
  await store.append(makeRun(), makeEvents(1));
  for (const suffix of ['', '-wal', '-shm']) expect(modeOf(path + suffix)).toBe(0o600);
});

it.each([
  [{ path: '' }, /path/],
  [{ path: ':memory:' }, /path must be the path of a file/],
  [{ path: 'file:x.db' }, /path/],
  [{ retentionMs: 999 }, /retentionMs must be milliseconds, at least 1000; got 999/],
  [{ retentionMs: Number.NaN }, /retentionMs/],
  [{ onNotice: 5 }, /onNotice must be a function/],
  [
    { retention: 5 },
    /a field of options must be one of path, retentionMs, archive, onNotice; got "retention"/,
  ],
])('refuses the options %j', async (options, message) => {
  await expectTraceError(() => SqliteStore.open(options as object), 'ERR_TRACE_OPTION', message);
});

it('a database of more than 16 MiB is opened again, whatever integers of 64 bits its events have', async () => {
  const { store, path } = await openStore();
  const extremes = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
  const run = makeRun();
  const events = makeEvents(1_000, (index) => ({
    rationale: 'x'.repeat(20_000),
    timestampNs: run.anchors[0]?.steadyNs as bigint,
    durationNs: extremes[index % extremes.length] as bigint,
  }));
  await store.append(run, events);
  await store.close();
  expect(statSync(path).size).toBeGreaterThan(16 * 2 ** 20);
  const { store: again, notices } = await openStore({ path });
  expect(notices).toEqual([]);
  expect(await countOf(again)).toBe(1_000);
});

it('a database of a newer version is set aside whole, and replaced', async () => {
  const { store, path } = await openStore();
  await store.append(makeRun(), makeEvents(3));
  await store.close();
  const newer = await connect(path);
  newer.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  newer.close();
  const { store: next, notices } = await openStore({ path });
  expect(await countOf(next)).toBe(0);
  const [notice] = notices;
  expect(notice?.code).toBe('AEGIS_STORE_REPLACED');
  expect(notice?.message).toMatch(/schema version is 6, this release knows 5/);
  expect(notice?.path).toMatch(/observability\.db\.newer-\d{8}T\d{6}Z$/);
  const old = await connect(notice?.path as string);
  expect(old.prepare('SELECT count(*) AS n FROM event').get()?.n).toBe(3);
});

it('a file that is no database is set aside with its bytes, twice in the same second too', async () => {
  const path = join(makeStoreFolder(), 'observability.db');
  const kept: (string | undefined)[] = [];
  for (const text of ['first', 'second']) {
    rmSync(path, { force: true });
    writeFileSync(path, text.repeat(5000));
    const { store, notices } = await openStore({ path });
    expect(await store.append(makeRun(), makeEvents(2))).toMatchObject({ inserted: 2 });
    await store.close();
    kept.push(notices[0]?.path);
    expect(readFileSync(notices[0]?.path as string, 'utf8')).toBe(text.repeat(5000));
  }
  expect(new Set(kept).size).toBe(2);
});

it('a database with a damaged page is found at opening, set aside and replaced', async () => {
  const { store, path } = await openStore();
  await store.append(makeRun(), makeEvents(2000));
  await store.close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 8192 * 5, 8192 * 9);
  writeFileSync(path, bytes);
  const { store: next, notices } = await openStore({ path });
  expect(notices[0]?.path).toMatch(/corrupt-/);
  expect(readFileSync(notices[0]?.path as string).equals(bytes)).toBe(true);
  expect(await next.append(makeRun(), makeEvents(5))).toMatchObject({ inserted: 5 });
});

it('damage found while appending: set aside, and the batch goes to the new database', async () => {
  const { store, path, notices } = await openStore();
  const run = makeRun();
  await store.append(run, makeEvents(20_000));
  // What another one has changed is read again, and by then it is damaged.
  const other = await connect(path);
  other.exec("INSERT INTO process (name) VALUES ('x'); PRAGMA wal_checkpoint(TRUNCATE)");
  other.close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 8192);
  writeFileSync(path, bytes);
  const batch = makeEvents(100, (index) => ({ lane: 1, ms: index }));
  expect(await store.append(run, batch)).toMatchObject({ inserted: 100 });
  expect(notices).toHaveLength(1);
  expect(notices[0]?.path).toMatch(/corrupt-/);
  expect(readFileSync(notices[0]?.path as string).equals(bytes)).toBe(true);
  expect(await countOf(store)).toBe(100);
});

it('a database that is deleted while it is open is replaced, and said so', async () => {
  const { store, path, notices } = await openStore();
  const run = makeRun();
  await store.append(run, makeEvents(10));
  rmSync(path);
  expect(await store.append(run, makeEvents(10))).toMatchObject({ inserted: 10 });
  expect(notices.map(({ code }) => code)).toEqual(['AEGIS_STORE_REPLACED']);
  expect(notices[0]?.message).toMatch(/deleted or moved while it was open/);
  expect(await countOf(store)).toBe(10);
  await store.close();
  const { store: again } = await openStore({ path });
  expect(await countOf(again)).toBe(10);
});

it('another database put in its place is taken for what it is', async () => {
  const { store, path, notices } = await openStore();
  const { store: other, path: otherPath } = await openStore();
  await other.append(makeRun(), makeEvents(7));
  await other.close();
  await store.append(makeRun(), makeEvents(10));
  renameSync(otherPath, path);
  expect(await store.append(makeRun(), makeEvents(10))).toMatchObject({ inserted: 10 });
  expect(notices[0]?.message).toMatch(/became another file/);
  expect(await countOf(store)).toBe(17);
});

it('the database of another program is never touched', async () => {
  const path = join(makeStoreFolder(), 'theirs.db');
  const theirs = await connect(path);
  theirs.exec('CREATE TABLE invoices (id)');
  theirs.close();
  const before = readFileSync(path);
  await expectTraceError(() => openStore({ path }), 'ERR_TRACE_STORE', /of another program/);
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(readdirSync(dirname(path))).toEqual(['theirs.db']);
});

it('a locked database refuses the batch, which is stored when it is tried again', async () => {
  const { store, path, notices } = await openStore();
  const run = makeRun();
  await store.append(run, makeEvents(5));
  const other = await connect(path);
  other.exec('BEGIN IMMEDIATE');
  await expectTraceError(
    () => store.append(run, makeEvents(10)),
    'ERR_TRACE_STORE',
    /could not be appended to: database is locked/,
  );
  expect(await countOf(store)).toBe(5);
  other.exec('ROLLBACK');
  expect(await store.append(run, makeEvents(10))).toMatchObject({ inserted: 5, duplicates: 5 });
  expect(notices).toEqual([]);
});

it('a folder in the way, or one that cannot be made, is an error that names the path', async () => {
  const folder = makeStoreFolder();
  mkdirSync(join(folder, 'a.db'));
  await expectTraceError(
    () => openStore({ path: join(folder, 'a.db') }),
    'ERR_TRACE_STORE',
    /a\.db could not be opened/,
  );
  writeFileSync(join(folder, 'file'), '');
  await expectTraceError(
    () => openStore({ path: join(folder, 'file', 'b.db') }),
    'ERR_TRACE_STORE',
    /could not be opened/,
  );
});

it('follows a link to a database elsewhere', async () => {
  const folder = makeStoreFolder();
  writeFileSync(join(folder, 'real.db'), '');
  symlinkSync(join(folder, 'real.db'), join(folder, 'link.db'));
  const { store, notices } = await openStore({ path: join(folder, 'link.db') });
  await store.append(makeRun(), makeEvents(5));
  await store.append(makeRun(), makeEvents(5));
  expect(notices).toEqual([]);
  expect(existsSync(join(folder, 'real.db'))).toBe(true);
  expect(await countOf(store)).toBe(10);
});

it('two stores may write to one file', async () => {
  const { store: first, path } = await openStore();
  const { store: second } = await openStore({ path });
  const runs = [makeRun(), makeRun()] as const;
  for (let batch = 0; batch < 5; batch++) {
    const more = (index: number) => ({ component: `c${batch}`, ms: index });
    const events = makeEvents(100, more).map((event) => ({
      ...event,
      sequence: event.sequence + batch * 100,
    }));
    await first.append(runs[0], events);
    await second.append(runs[1], events);
    if (batch === 2) await first.purge(0);
  }
  expect(await countOf(first)).toBe(400);
  const names = (await second.processes()).map(({ process, events }) => [process, events]);
  expect(names).toEqual([
    ['c3', 200],
    ['c4', 200],
  ]);
});

it('migrations run once each, from the version that is there, all or none', async () => {
  const path = join(makeStoreFolder(), 'old.db');
  const database = await connect(path);
  const versionOf = () => database.prepare('PRAGMA user_version').get()?.user_version;
  const steps = ['CREATE TABLE a (x)', 'INSERT INTO a VALUES (1)', 'ALTER TABLE a ADD COLUMN y'];
  migrate(database, steps.slice(0, 2));
  expect(versionOf()).toBe(2);
  migrate(database, steps.slice(0, 2));
  expect(database.prepare('SELECT count(*) AS n FROM a').get()?.n).toBe(1);
  expect(() => migrate(database, [...steps, 'INSERT INTO nowhere VALUES (1)'])).toThrow(/nowhere/);
  expect(versionOf()).toBe(2);
  migrate(database, steps);
  expect(versionOf()).toBe(3);
  expect(database.prepare('SELECT * FROM a').get()).toMatchObject({ x: 1, y: null });
  expect(database.prepare('PRAGMA application_id').get()?.application_id).toBe(APPLICATION_ID);
});

it('a file of version 0 becomes one of this version', async () => {
  const { store, path } = await openStore();
  await store.append(makeRun(), makeEvents(1));
  const database = await connect(path);
  expect(database.prepare('PRAGMA user_version').get()?.user_version).toBe(MIGRATIONS.length);
  expect(database.prepare('PRAGMA journal_mode').get()?.journal_mode).toBe('wal');
  expect(database.prepare('PRAGMA auto_vacuum').get()?.auto_vacuum).toBe(2);
  expect(database.prepare('PRAGMA integrity_check').get()?.integrity_check).toBe('ok');
});
