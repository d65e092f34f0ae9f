// What is purged of a store and kept in its archive: every event, as it was, in files that the commands read.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import type { RunInfo } from '../../src/event/recorded-event.js';
import type { StoredEvent } from '../../src/event/stored-event.js';
import type { SqliteStore } from '../../src/store/index.js';
import { runCli } from '../support/capture-io.js';
import { eventually } from '../support/eventually.js';
import { makeHubFolder, startTestHub } from '../support/hub.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';
import { mountSmallDisk } from '../support/small-disk.js';
import { connect, makeStoreFolder, openStore, passTime } from '../support/store-folder.js';

const HOUR_MS = 3_600_000;
const DAY = /^\d{4}-\d\d-\d\d\.db$/;

async function everyEvent(store: SqliteStore): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  for (let page = await store.after(undefined, { limit: 1_000 }); ; ) {
    found.push(...page.events);
    if (page.isEnd) return found;
    page = await store.after(page.position, { limit: 1_000 });
  }
}

const daysIn = (folder: string): string[] => readdirSync(folder).filter((name) => DAY.test(name));

it('H8: an archive has every event that was purged, and what is known of its run', async () => {
  const archive = join(makeStoreFolder(), 'archive');
  const { store, path } = await openStore({ archive });
  const runs: RunInfo[] = [
    { ...makeRun(), host: 'one', service: 'checkout', project: 'shop', version: '1.2.3' },
    makeRun(),
  ];
  for (const run of runs) await store.append(run, makeEvents(1_234));
  const event = { ...makeRecorded(0).event, timestampNs: 1_700_000_000_000_000_000n };
  const entry = { event, key: Buffer.alloc(16, 7), folds: true };
  await store.appendAll([{ source: 'an old client', foreign: [entry, entry, entry] }]);
  const before = await everyEvent(store);
  const known = await Promise.all(before.map(({ run }) => store.run(run)));

  // In steps, as a hub purges.
  await passTime(path, 7 * HOUR_MS);
  let removed = 0;
  for (let isDone = false; !isDone; ) {
    const result = await store.maintain({ budgetMs: 1 });
    removed += result.removed;
    isDone = result.isDone;
  }
  expect(removed).toBe(before.length);
  expect((await store.stats()).events).toBe(0);
  await store.close();

  const [day = ''] = daysIn(archive);
  expect(statSync(join(archive, `${day}-wal`), { throwIfNoEntry: false })?.size ?? 0).toBe(0);
  expect(statSync(archive).mode & 0o777).toBe(0o700);
  expect(statSync(join(archive, day)).mode & 0o777).toBe(0o600);
  const { store: restored } = await openStore({ path: join(archive, day) });
  const after = await everyEvent(restored);
  expect(after).toEqual(before);
  expect(after.at(-1)?.event.attributes).toMatchObject({ 'aegis.repeats': '2' });
  expect(await Promise.all(after.map(({ run }) => restored.run(run)))).toEqual(known);
});

it('H8: a hub that is started on a day of the archive answers as the first one did', async () => {
  const folder = makeHubFolder();
  const database = join(folder, 'hub.db');
  const archive = join(folder, 'archive');
  const run = makeRun();
  // No clock is waited for: what is older than 36 s at the next start is purged.
  const first = await startTestHub({ database });
  await first.send(
    run,
    makeEvents(700, (index) => ({ requestId: `r-${index % 7}` })),
  );
  const before = await first.get('/traces/r-3');
  const { items } = before.json;
  expect(items).toHaveLength(100);
  await first.hub.close();
  await passTime(database, HOUR_MS);
  const second = await startTestHub({ database, archive, retentionHours: 0.01 });
  await eventually(async () => expect((await second.get('/stats')).json.events).toBe(0));
  await second.hub.close();

  const day = join(archive, daysIn(archive)[0] as string);
  const { stdout, exit } = await runCli(['chain', day, 'r-3', '--json']);
  expect(exit).toBe(0);
  expect(JSON.parse(stdout).events).toHaveLength(100);
  const restored = await startTestHub({ database: day, retentionHours: 1_000 });
  expect((await restored.get('/traces/r-3')).json.items).toEqual(items);
});

it('H8: a day that is over becomes its gzip, also one that a killed process has left', async () => {
  const archive = join(makeStoreFolder(), 'archive');
  mkdirSync(archive);
  const old = join(archive, '2020-02-29.db');
  // Its log has what the database has not yet: who wrote it did not close it.
  const { store: killed } = await openStore({ path: old });
  await killed.append(makeRun(), makeEvents(50));
  const copy = ['', '-wal', '-shm'].map(
    (suffix) => [suffix, readFileSync(`${old}${suffix}`)] as const,
  );
  await killed.close();
  for (const [suffix, bytes] of copy) writeFileSync(`${old}${suffix}`, bytes);
  writeFileSync(join(archive, '2020-02-29.db.gz.tmp'), 'half of an earlier one');
  writeFileSync(join(archive, 'notes.txt'), 'not of the archive');

  const { store, notices } = await openStore({ archive });
  await store.append(makeRun(), makeEvents(10));
  await store.purge(0);
  await eventually(() => expect(existsSync(old)).toBe(false));
  const [today] = daysIn(archive);
  expect(readdirSync(archive).filter((name) => !name.startsWith(today as string))).toEqual([
    '2020-02-29.db.gz',
    'notes.txt',
  ]);
  expect(notices).toEqual([]);
  const compressed = join(archive, '2020-02-29.db.gz');
  expect(statSync(compressed).mode & 0o777).toBe(0o600);
  const { stdout } = await runCli(['query', compressed, '--json']);
  expect(JSON.parse(stdout).events).toHaveLength(50);
  const whole = join(makeStoreFolder(), 'whole.db');
  writeFileSync(whole, gunzipSync(readFileSync(compressed)));
  const { store: restored } = await openStore({ path: whole });
  expect((await restored.stats()).events).toBe(50);
});

it('H8: what cannot be archived stays, and says so once a minute; later it is archived', async (context) => {
  const archive = join(makeStoreFolder(), 'archive');
  const unmount = mountSmallDisk(context, archive, 2 ** 21);
  const { store, notices } = await openStore({ archive });
  const run = makeRun();
  await store.append(
    run,
    makeEvents(20_000, () => ({ rationale: 'x'.repeat(300) })),
  );
  await store.purge(0);
  await store.purge(0);
  const { events, purged } = await store.stats();
  expect(events).toBeGreaterThan(0);
  expect(events + purged).toBe(20_000);
  expect(notices.map(({ code }) => code)).toEqual(['AEGIS_STORE_ARCHIVE']);
  expect(notices[0]?.message).toMatch(/nothing is purged, because it cannot be archived: .*full/);
  unmount();
  await store.purge(0);
  await store.purge(0);
  expect(await store.stats()).toMatchObject({ events: 0, purged: 20_000 });
});

it('H8: a crash between the two sides loses nothing and doubles nothing', async () => {
  const archive = join(makeStoreFolder(), 'archive');
  const { store, path } = await openStore({ archive });
  const run = makeRun();
  const events = makeEvents(900);
  await store.append(run, events);
  await store.purge(0);
  await store.close();
  // As if the transaction that removes them had not come to its end.
  const day = join(archive, daysIn(archive)[0] as string);
  const database = await connect(path);
  expect(database.prepare('SELECT count(*) AS n FROM event').get()).toMatchObject({ n: 0 });
  database.close();
  rmSync(path);
  const { store: again } = await openStore({ path, archive });
  await again.append(run, events);
  await again.purge(0);
  await again.close();
  const { store: archived } = await openStore({ path: day });
  expect((await archived.stats()).events).toBe(900);
});
