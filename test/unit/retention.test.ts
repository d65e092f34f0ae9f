import { statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PURGE_STEP_ROWS } from '../../src/store/sqlite/retention.js';
import { WAL_NOTICE_BYTES } from '../../src/store/sqlite/sqlite-store.js';
import { makeEvents, makePlaced, makeRun } from '../support/placed-events.js';
import { connect, openStore } from '../support/store-folder.js';

const old = makeRun({ wallNs: 0n });

it('P5: a purge with a budget does one step of so many rows, and the next goes on', async () => {
  const { store } = await openStore();
  await store.append(old, makeEvents(2 * PURGE_STEP_ROWS + 1));
  expect(await store.purge(1000, { budgetMs: 0 })).toEqual({
    removed: PURGE_STEP_ROWS,
    isDone: false,
  });
  expect((await store.stats()).events).toBe(PURGE_STEP_ROWS + 1);
  expect(await store.purge(1000)).toEqual({ removed: PURGE_STEP_ROWS + 1, isDone: true });
});

it('P5: others append between the steps of a purge, and what they append stays', async () => {
  const { store } = await openStore();
  await store.append(old, makeEvents(20 * PURGE_STEP_ROWS));
  let isOver = false;
  const purge = store.purge(1000).finally(() => {
    isOver = true;
  });
  const run = makeRun({ wallNs: BigInt(Date.now()) * 1_000_000n });
  let meanwhile = 0;
  while (!isOver) {
    await store.append(run, [makePlaced(meanwhile, { component: `c${meanwhile % 3}` })]);
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
  const run = makeRun({ wallNs: BigInt(Date.now()) * 1_000_000n });
  await store.append(run, makeEvents(100));
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
    const run = makeRun({ wallNs: BigInt(round) * 10_000_000_000n });
    await store.append(run, makeEvents(5000));
    if (round > 0) await store.purge(Date.now() - round * 10_000);
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
        makePlaced(sequence + index, { rationale: text, ms: 0 }),
      );
      await store.append(makeRun({ wallNs: BigInt(Date.now()) * 1_000_000n }), events);
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
