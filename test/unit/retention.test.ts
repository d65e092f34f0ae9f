import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PURGE_STEP_ROWS } from '../../src/store/sqlite/retention.js';
import { WAL_NOTICE_BYTES } from '../../src/store/sqlite/sqlite-store.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';
import { connect, openStore, passTime } from '../support/store-folder.js';

const HOUR_MS = 3_600_000;
const old = makeRun();

it('P5: a purge with a budget does one step of so many rows, and the next goes on', async () => {
  const { store, path } = await openStore();
  await store.append(old, makeEvents(2 * PURGE_STEP_ROWS + 1));
  await passTime(path, HOUR_MS);
  expect(await store.purge(HOUR_MS / 2, { budgetMs: 0 })).toEqual({
    removed: PURGE_STEP_ROWS,
    isDone: false,
  });
  expect((await store.stats()).events).toBe(PURGE_STEP_ROWS + 1);
  expect(await store.purge(HOUR_MS / 2)).toEqual({ removed: PURGE_STEP_ROWS + 1, isDone: true });
});

it('P5: others append between the steps of a purge, and what they append stays', async () => {
  const { store, path } = await openStore();
  await store.append(old, makeEvents(20 * PURGE_STEP_ROWS));
  await passTime(path, HOUR_MS);
  let isOver = false;
  const purge = store.purge(HOUR_MS / 2).finally(() => {
    isOver = true;
  });
  const run = makeRun();
  let meanwhile = 0;
  while (!isOver) {
    await store.append(run, [makeRecorded(meanwhile, { component: `c${meanwhile % 3}` })]);
    if (!isOver) meanwhile++;
    else break;
    await new Promise(setImmediate);
  }
  expect((await purge).removed).toBe(20 * PURGE_STEP_ROWS);
  expect(meanwhile).toBeGreaterThanOrEqual(10);
  expect((await store.stats()).events).toBeGreaterThanOrEqual(meanwhile);
  expect((await store.processes()).map(({ process }) => process)).toEqual(['c0', 'c1', 'c2']);
});

it('P5: the file shrinks when what it held is gone, and is sound', async () => {
  const { store, path } = await openStore();
  const text = 'x'.repeat(1000);
  await store.append(
    old,
    makeEvents(20_000, () => ({ rationale: text })),
  );
  await passTime(path, 7 * HOUR_MS);
  await store.append(makeRun(), makeEvents(100));
  await store.maintain();
  const database = await connect(path);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  expect(statSync(path).size).toBeLessThan(1_000_000);
  expect(database.prepare('PRAGMA integrity_check').get()?.integrity_check).toBe('ok');
  expect((await store.stats()).events).toBe(100);
  expect(database.prepare('SELECT count(*) AS n FROM run').get()?.n).toBe(1);
});

it('P5: the file does not grow while as much is purged as is appended', async () => {
  const { store, path } = await openStore();
  const sizes: number[] = [];
  for (let round = 0; round < 8; round++) {
    await passTime(path, 10_000);
    await store.append(makeRun(), makeEvents(5000));
    await store.purge(5000);
    sizes.push((await store.stats()).bytes);
  }
  expect(statSync(path).size).toBeGreaterThan(0);
  expect(sizes.at(-1)).toBeLessThanOrEqual((sizes[2] as number) * 1.1);
});

it('P5: says once that a reader keeps the log from shrinking, and again after it could', async () => {
  const { store, path, notices } = await openStore();
  const reader = await connect(path);
  const text = 'x'.repeat(100_000);
  let sequence = 0;
  const grow = async (bytes: number) => {
    for (const end = sequence + bytes / text.length; sequence < end; sequence += 50) {
      const events = Array.from({ length: 50 }, (_, index) =>
        makeRecorded(sequence + index, { rationale: text, ms: 0 }),
      );
      await store.append(makeRun(), events);
    }
  };
  const pin = () => {
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM event').get();
  };
  await store.maintain();
  expect(notices).toEqual([]);
  pin();
  await grow(WAL_NOTICE_BYTES * 1.1);
  await store.maintain();
  await store.maintain();
  expect(notices.map(({ code }) => code)).toEqual(['AEGIS_STORE_WAL']);
  expect(notices[0]?.message).toMatch(/-wal is over 64 MB and cannot shrink: a reader/);
  reader.exec('COMMIT');
  await store.maintain();
  // The next write starts the log anew, and its file shrinks to what is kept.
  await grow(text.length);
  expect((await store.stats()).walBytes).toBeLessThanOrEqual(WAL_NOTICE_BYTES);
  expect(notices).toHaveLength(1);
  pin();
  await grow(WAL_NOTICE_BYTES * 1.1);
  await store.maintain();
  expect(notices).toHaveLength(2);
});

it('P5: 300 000 process names do not keep maintain() from ending: each call goes on where the last one ended', async () => {
  const { store, path } = await openStore();
  await store.append(makeRun(), makeEvents(1));
  const database = await connect(path);
  database.exec(`BEGIN;
    WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <= 300000)
    INSERT INTO process (id, name) SELECT i, 'process ' || i FROM n;
    UPDATE store SET next_process = 300002;
    COMMIT`);
  const names = () => database.prepare('SELECT count(*) AS n FROM process').get()?.n as number;
  let calls = 0;
  for (let left = names(); !(await store.maintain({ budgetMs: 0 })).isDone; calls++) {
    if (calls < 5) continue; // the first steps look for events and runs
    expect(names()).toBeLessThan(left);
    left = names();
    if (left === 1) break;
  }
  expect(names()).toBe(1);
  while (!(await store.maintain({ budgetMs: 40 })).isDone) calls++;
  expect(calls).toBeLessThan(1000);
  // What was there all the time still has its name.
  expect((await store.query()).events[0]?.process).toBe('Scheduler');
});
