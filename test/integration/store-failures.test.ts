import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { TraceError } from '../../src/errors.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';
import { mountSmallDisk } from '../support/small-disk.js';
import { connect, makeStoreFolder, openStore } from '../support/store-folder.js';

const FULL_BYTES = 4 * 2 ** 20;
const BATCH = 200;

it('P2: a full disk refuses whole batches; with room again they are stored, once each', async (context) => {
  const folder = join(makeStoreFolder(), 'small');
  onTestFinished(mountSmallDisk(context, folder, FULL_BYTES));
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(FULL_BYTES / 2));
  const { store, path, notices } = await openStore({ path: join(folder, 'observability.db') });
  const run = makeRun();
  const batchOf = (number: number) =>
    makeEvents(BATCH, () => ({ rationale: 'x'.repeat(500) })).map((event) => ({
      ...event,
      sequence: event.sequence + number * BATCH,
    }));
  let stored = 0;
  let failure: TraceError | undefined;
  while (failure === undefined && stored < 1000) {
    try {
      await store.append(run, batchOf(stored), { durable: true });
      stored++;
    } catch (error) {
      failure = error as TraceError;
    }
  }
  expect(failure?.code).toBe('ERR_TRACE_STORE');
  expect(failure?.message).toMatch(/could not be .*: .*(full|disk)/);
  for (let attempt = 0; attempt < 3; attempt++) {
    await expect(store.append(run, batchOf(stored))).rejects.toMatchObject({
      code: 'ERR_TRACE_STORE',
    });
  }
  rmSync(ballast);
  // Also of the refused one, none was stored before.
  expect(await store.append(run, batchOf(stored), { durable: true })).toEqual({
    inserted: BATCH,
    duplicates: 0,
    rejected: [],
  });
  expect((await store.stats()).events).toBe((stored + 1) * BATCH);
  const database = await connect(path);
  expect(database.prepare('PRAGMA integrity_check').get()?.integrity_check).toBe('ok');
  expect(notices).toEqual([]);
});

it.each(['ABORT', 'FAIL'])(
  'P3: rows that SQLite itself refuses, with RAISE(%s), keep no other from being stored',
  async (action) => {
    const { store, path } = await openStore();
    const database = await connect(path);
    database.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON event WHEN NEW.component = 'refused' " +
        `BEGIN SELECT RAISE(${action}, 'refused on purpose'); END`,
    );
    const run = makeRun();
    // The first and the last of a statement of 16 rows, two in one, and one after the last whole statement.
    const bad = [0, 31, 40, 41, 98];
    const events = makeEvents(100, (index) => ({
      component: bad.includes(index) ? 'refused' : 'taken',
    }));
    const first = await store.append(run, events);
    expect(first).toMatchObject({ inserted: events.length - bad.length, duplicates: 0 });
    expect(first.rejected.map(({ index }) => index)).toEqual(bad);
    for (const { reason } of first.rejected) expect(reason).toContain('refused on purpose');
    const again = await store.append(run, events);
    expect(again).toMatchObject({ inserted: 0, duplicates: events.length - bad.length });
    expect((await store.stats()).events).toBe(events.length - bad.length);
    expect(database.prepare('SELECT count(DISTINCT place) AS n FROM event').get()?.n).toBe(95);
  },
);
