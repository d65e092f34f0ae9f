// What other programs do to the files of a database while it is open. Nothing is acknowledged that was
// written where nobody finds it.

import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import type { RecordedEvent } from '../../src/event/recorded-event.js';
import { fileIdOf, setAside } from '../../src/store/sqlite/database-files.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';
import { connect, makeStoreFolder, openStore } from '../support/store-folder.js';

/** The sequences that another process would find. */
async function foundBy(path: string): Promise<number[]> {
  const copy = join(makeStoreFolder(), 'copy.db');
  for (const suffix of ['', '-wal']) {
    if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix);
  }
  const database = await connect(copy);
  expect(database.prepare('PRAGMA integrity_check').get()?.integrity_check).toBe('ok');
  const rows = database.prepare('SELECT place FROM event ORDER BY place').all();
  return rows.map(({ place }) => Number(place));
}

/** An event while whose append something happens: after the batch was begun, before it is committed. */
function meanwhile(sequence: number, happens: () => void): RecordedEvent {
  const placed = makeRecorded(sequence);
  let isDone = false;
  Object.defineProperty(placed.event, 'rationale', {
    get: () => {
      if (!isDone) happens();
      isDone = true;
      return 'meanwhile';
    },
  });
  return placed;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
const batch = (from: number, to: number) => numbers(from, to).map((n) => makeRecorded(n));

function removeAll(path: string, suffixes: readonly string[]): void {
  for (const suffix of suffixes) rmSync(path + suffix);
}

type Tamper = (path: string) => void;
const cases: [string, Tamper, { code: string; message: RegExp; isLost: boolean }][] = [
  [
    'the database is deleted',
    (path) => rmSync(path),
    { code: 'AEGIS_STORE_REPLACED', message: /deleted or moved/, isLost: true },
  ],
  [
    'the database is renamed',
    (path) => renameSync(path, `${path}.elsewhere`),
    { code: 'AEGIS_STORE_REPLACED', message: /deleted or moved/, isLost: true },
  ],
  [
    'the database and its logs are deleted',
    (path) => removeAll(path, ['', '-wal', '-shm']),
    { code: 'AEGIS_STORE_REPLACED', message: /deleted or moved/, isLost: true },
  ],
  [
    'the database is emptied',
    (path) => truncateSync(path),
    { code: 'AEGIS_STORE_REPLACED', message: /was emptied while it was open/, isLost: true },
  ],
  [
    'the write-ahead log is removed',
    (path) => rmSync(`${path}-wal`),
    { code: 'AEGIS_STORE_LOG', message: /was removed .* taken into the database/, isLost: false },
  ],
  [
    'the index of the log is removed',
    (path) => rmSync(`${path}-shm`),
    { code: 'AEGIS_STORE_LOG', message: /was removed/, isLost: false },
  ],
  [
    'both logs are removed',
    (path) => removeAll(path, ['-wal', '-shm']),
    { code: 'AEGIS_STORE_LOG', message: /was removed/, isLost: false },
  ],
  [
    'the write-ahead log is replaced',
    (path) => {
      rmSync(`${path}-wal`);
      writeFileSync(`${path}-wal`, 'another file');
    },
    { code: 'AEGIS_STORE_LOG', message: /was removed/, isLost: false },
  ],
];

it.each(cases)(
  'an event is acknowledged into a file that has a name: %s between appends',
  async (_, tamper, expected) => {
    const { store, path, notices } = await openStore();
    const run = makeRun();
    await store.append(run, batch(0, 20), { durable: true });
    tamper(path);
    expect(await store.append(run, batch(20, 30), { durable: true })).toMatchObject({
      inserted: 10,
    });
    expect(await foundBy(path)).toEqual(numbers(expected.isLost ? 20 : 0, 30));
    expect(notices.map(({ code }) => code)).toEqual([expected.code]);
    expect(notices[0]?.message).toMatch(expected.message);
    // Said once, and all is as usual.
    await store.append(run, batch(30, 40), { durable: true });
    expect(notices).toHaveLength(1);
    expect(await foundBy(path)).toEqual(numbers(expected.isLost ? 20 : 0, 40));
  },
);

it.each(cases)(
  'an event is acknowledged into a file that has a name: %s during an append',
  async (_, tamper, expected) => {
    const { store, path, notices } = await openStore();
    const run = makeRun();
    await store.append(run, batch(0, 20), { durable: true });
    const events = [...batch(20, 25), meanwhile(25, () => tamper(path)), ...batch(26, 30)];
    expect(await store.append(run, events, { durable: true })).toMatchObject({ inserted: 10 });
    expect(await foundBy(path)).toEqual(numbers(expected.isLost ? 20 : 0, 30));
    expect(notices.map(({ code }) => code)).toEqual([expected.code]);
  },
);

it.each([
  ['emptied', 0, 0],
  ['cut', 0.5, 0],
  ['emptied during an append', 0, 1],
  ['cut during an append', 0.5, 1],
])(
  'the write-ahead log is %s: a new database takes what comes, and the old one is kept',
  async (_, share, during) => {
    const { store, path, notices } = await openStore();
    const run = makeRun();
    await store.append(run, batch(0, 100));
    await store.maintain(); // takes it into the database
    await store.append(run, batch(100, 300));
    const bytes = statSync(`${path}-wal`).size;
    const cut = () => truncateSync(`${path}-wal`, Math.floor(share * bytes));
    if (during === 0) cut();
    const events = [...batch(300, 305), meanwhile(305, during === 1 ? cut : () => {})];
    expect(await store.append(run, events, { durable: true })).toMatchObject({ inserted: 6 });
    expect(notices.map(({ code }) => code)).toEqual(['AEGIS_STORE_REPLACED']);
    expect(notices[0]?.message).toMatch(/its write-ahead log was (cut|emptied) while it was open/);
    expect(notices[0]?.path).toMatch(/\.cut-/);
    expect(await foundBy(path)).toEqual(numbers(300, 306));
  },
);

it('the database is emptied before the log was taken into it: what comes is stored', async () => {
  const { store, path, notices } = await openStore();
  const run = makeRun();
  await store.append(run, batch(0, 100));
  truncateSync(path);
  await store.append(run, batch(100, 110), { durable: true });
  expect(notices[0]?.path).toMatch(/\.emptied-/);
  expect(await foundBy(path)).toEqual(numbers(100, 110));
});

it('a log that another process has taken in and cut itself is no fault', async () => {
  const { store, path, notices } = await openStore();
  const run = makeRun();
  for (let round = 0; round < 5; round++) {
    await store.append(run, batch(round * 10, round * 10 + 10), { durable: true });
    const other = await connect(path);
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    other.close();
  }
  await store.append(run, batch(50, 60), { durable: true });
  expect(notices).toEqual([]);
  expect(await foundBy(path)).toEqual(numbers(0, 60));
});

it('a log that had grown, and that SQLite begins anew and cuts to what it keeps, is no fault', async () => {
  const { store, path, notices } = await openStore();
  await store.append(makeRun(), [makeRecorded(0)]);
  const other = await connect(path);
  const keptBytes = 56 * 2 ** 20;
  // Nothing is taken into the database meanwhile; what is changed goes to the log before it is committed.
  other.exec(`PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${keptBytes};
    PRAGMA cache_size = 10; CREATE TABLE large (bytes BLOB)`);
  for (let megabyte = 0; megabyte < 60; megabyte++) {
    other.exec('INSERT INTO large VALUES (zeroblob(1000000))');
  }
  other.exec('PRAGMA wal_checkpoint(PASSIVE); BEGIN');
  other.exec('INSERT INTO large VALUES (zeroblob(1000000))');
  expect(await store.end()).toMatchObject({ number: 1 });
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(keptBytes);
  other.exec('COMMIT');
  expect(statSync(`${path}-wal`).size).toBe(keptBytes);
  expect(await store.end()).toMatchObject({ number: 1 });
  expect(notices).toEqual([]);
});

it('a database that another process has replaced already is left where it is', async () => {
  const path = join(makeStoreFolder(), 'observability.db');
  writeFileSync(path, 'damaged');
  const judged = fileIdOf(path) as string;
  // The first process sets it aside and makes a new one, with a log.
  const kept = setAside(path, 'corrupt', judged);
  expect(kept && readFileSync(kept, 'utf8')).toBe('damaged');
  const { store } = await openStore({ path });
  await store.append(makeRun(), makeEvents(5));
  const files = readdirSync(dirname(path)).sort();
  // The second one had found the same damage, and comes later.
  expect(setAside(path, 'corrupt', judged)).toBeUndefined();
  expect(readdirSync(dirname(path)).sort()).toEqual(files);
  await store.append(makeRun(), makeEvents(5));
  expect((await store.stats()).events).toBe(10);
});

it.each<[string, Tamper]>([
  ['deleted', (path) => removeAll(path, ['', '-wal', '-shm'])],
  ['emptied', (path) => writeFileSync(path, '')],
])('who only reads goes on in the new file when the database was %s', async (_, tamper) => {
  const { store: writer, path } = await openStore();
  const { store: reader } = await openStore({ path });
  await writer.append(makeRun(), batch(0, 3));
  expect((await reader.stats()).events).toBe(3);
  tamper(path);
  await writer.append(makeRun(), batch(0, 5));
  expect((await reader.stats()).events).toBe(5);
  expect((await reader.query()).events).toHaveLength(5);
});
