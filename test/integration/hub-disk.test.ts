// The disk, the database and the clock of a hub fail: what it has acknowledged is stored, and it goes on by itself.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { SqliteStore } from '../../src/store/index.js';
import { formatBatch } from '../../src/wire/batch.js';
import { eventually } from '../support/eventually.js';
import { makeHubFolder, startTestHub } from '../support/hub.js';
import { HubProcess, keyIn, post } from '../support/hub-process.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';
import { mountSmallDisk } from '../support/small-disk.js';
import { connect } from '../support/store-folder.js';

const isStress = process.env.AEGIS_STRESS === '1';
const hasStrace = spawnSync('strace', ['-f', '--seccomp-bpf', '-qq', 'true']).status === 0;
const BATCH = 20;

/** Sends batches of one run to a hub; those that were acknowledged are remembered. */
class Sender {
  readonly run = makeRun();
  acknowledged = 0;
  refused = 0;

  /** One batch, which comes again until it is taken. */
  async send(hub: HubProcess, url: string): Promise<boolean> {
    const events = Array.from({ length: BATCH }, (_, index) =>
      makeRecorded(this.acknowledged + index, { attributes: { pad: 'x'.repeat(500) } }),
    );
    try {
      const key = keyIn(hub.folder, 'ingest');
      const { inserted, duplicates } = await post(url, key, formatBatch({ run: this.run, events }));
      expect(inserted + duplicates).toBe(BATCH);
      this.acknowledged += BATCH;
      return true;
    } catch {
      this.refused++;
      return false;
    }
  }
}

/** Every event that was acknowledged is in the database once, and the database is sound. */
async function expectAll(
  { run, acknowledged }: Sender,
  database: string,
  what: string,
): Promise<void> {
  const connection = await connect(database);
  expect(connection.prepare('PRAGMA integrity_check').get()?.integrity_check, what).toBe('ok');
  const places = connection
    .prepare('SELECT place FROM event e JOIN run r ON r.id = e.run WHERE r.run = ? ORDER BY place')
    .all(run.run)
    .map(({ place }) => Number(place));
  connection.close();
  expect(new Set(places).size, what).toBe(places.length);
  const missing = Array.from({ length: acknowledged }, (_, place) => place).filter(
    (place) => !places.includes(place),
  );
  expect(missing, what).toEqual([]);
}

const databaseOf = (folder: string): string => join(folder, 'logs/observability.db');

/** @returns whether the fault came to pass. */
async function runWithFault(call: string, error: string, when: string): Promise<boolean> {
  const what = `${call} ${error} when=${when}`;
  const folder = makeHubFolder();
  // Made without a fault: what is tried is a hub at work.
  const first = new HubProcess(folder, ['--port', '0']);
  await first.url();
  first.child.kill('SIGTERM');
  await first.ended;
  const log = join(folder, 'strace.log');
  const paths = ['', '-wal', '-shm'].flatMap((end) => ['-P', databaseOf(folder) + end]);
  const prefix = [
    ...['strace', '-D', '-f', '--seccomp-bpf', '-qq', '-o', log, ...paths, '-e', `trace=${call}`],
    ...['-e', `inject=${call}:error=${error}:when=${when}`],
  ];
  const hub = new HubProcess(folder, ['--port', '0'], {}, prefix);
  const sender = new Sender();
  try {
    const url = await hub.url();
    for (let turn = 0; turn < 8; turn++) await sender.send(hub, url);
    if (!when.endsWith('+')) expect(sender.acknowledged, what).toBeGreaterThan(0);
    hub.child.kill('SIGTERM');
    await hub.ended;
  } catch (failure) {
    // A hub whose disk fails while it starts says so, and does not run.
    if (!String(failure).includes('the hub has ended')) throw failure;
    expect(hub.stderr, what).toMatch(/ERR_TRACE_STORE|ERR_TRACE_FILE/);
  }
  await expectAll(sender, databaseOf(folder), what);
  return readFileSync(log, 'utf8').includes('(INJECTED)');
}

it.runIf(hasStrace).each(
  ['pwrite64', 'fdatasync', 'fsync', 'ftruncate'].flatMap((call) => [
    [call, 'once', ''],
    [call, 'for good', '+'],
  ]),
)(
  'H1: the n-th %s of the database fails %s: what was acknowledged is stored',
  async (call, _, suffix) => {
    const numbers = isStress ? Array.from({ length: 60 }, (_, n) => n + 1) : [1, 4, 11];
    for (const number of numbers) {
      const error = ['EIO', 'ENOSPC', 'EROFS'][number % 3] as string;
      if (!(await runWithFault(call, error, `${number}${suffix}`))) return;
    }
  },
  isStress ? 1_800_000 : 240_000,
);

it('a full disk is 503 until there is room again', async (context) => {
  const folder = makeHubFolder();
  const disk = join(folder, 'logs');
  const unmount = mountSmallDisk(context, disk, 2 ** 23);
  onTestFinished(() => unmount());
  const hub = new HubProcess(folder, ['--port', '0']);
  const url = await hub.url();
  const sender = new Sender();
  await eventually(async () => {
    await sender.send(hub, url);
    expect(sender.refused).toBeGreaterThan(2);
  }, 1);
  expect(sender.acknowledged).toBeGreaterThan(0);
  // It still answers.
  const stats = await fetch(`${url}/stats`, {
    headers: { authorization: `Bearer ${keyIn(folder, 'read')}` },
  });
  expect(stats.status).toBe(200);
  execFileSync('mount', ['-o', `remount,size=${2 ** 26}`, disk]);
  await eventually(async () => expect(await sender.send(hub, url)).toBe(true));
  hub.child.kill('SIGTERM');
  expect((await hub.ended).code).toBe(0);
  await expectAll(sender, databaseOf(folder), 'after the disk was full');
});

it('a database that another program has locked is 503 for as long, and nothing is lost', async () => {
  const hub = await startTestHub();
  const run = makeRun();
  await hub.send(run, makeEvents(1));
  const other = await connect(hub.hub.database);
  other.exec('BEGIN IMMEDIATE');
  const refused = await hub.send(run, makeEvents(2));
  expect([refused.status, refused.json.code]).toEqual([503, 'unavailable']);
  expect(refused.headers.get('retry-after')).toBe('1');
  // Who only asks does not wait for it.
  expect((await hub.get('/stats')).json.events).toBe(1);
  other.exec('ROLLBACK');
  expect((await hub.send(run, makeEvents(2))).json).toMatchObject({ inserted: 1, duplicates: 1 });
});

it.each(['deleted', 'replaced by another one', 'emptied'])(
  'a database that is %s under the hub: what is acknowledged after that is in the file of that name',
  async (how) => {
    const hub = await startTestHub();
    const { database } = hub.hub;
    const [before, after] = [makeRun(), makeRun()];
    await hub.send(before, makeEvents(3));
    if (how === 'deleted')
      for (const end of ['', '-wal', '-shm']) rmSync(database + end, { force: true });
    else if (how === 'emptied') writeFileSync(database, '');
    else {
      const path = join(makeHubFolder(), 'other.db');
      const other = await SqliteStore.open({ path });
      await other.append(makeRun({ service: 'other' }), makeEvents(2));
      await other.close();
      copyFileSync(path, `${database}.new`);
      renameSync(`${database}.new`, database);
    }
    await eventually(async () => {
      const { status, json } = await hub.send(after, makeEvents(4));
      expect(status).toBe(200);
      expect(json.inserted + json.duplicates).toBe(4);
    });
    expect(existsSync(database)).toBe(true);
    // Read by somebody else: it has a name.
    const store = await SqliteStore.open({ path: database });
    const { events } = await store.query({ limit: 100 });
    await store.close();
    expect(events.filter(({ run }) => run === after.run)).toHaveLength(4);
    // And the hub itself finds it, in the same file.
    await eventually(async () => {
      const { items } = (await hub.get('/recent')).json;
      expect(items.filter((item: { run: string }) => item.run === after.run)).toHaveLength(4);
    });
  },
);

it('a wall clock that is set by an hour, there and back, removes nothing and refuses nobody', async (context) => {
  const folder = makeHubFolder();
  const library = join(folder, 'wall-offset.so');
  const source = fileURLToPath(new URL('../support/wall-offset.c', import.meta.url));
  const { status } = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
  if (status !== 0) context.skip('a C compiler is needed');
  const offset = join(folder, 'offset');
  writeFileSync(offset, '0');
  const env = { LD_PRELOAD: library, WALL_OFFSET_FILE: offset };
  const hub = new HubProcess(folder, ['--port', '0', '--retention-hours', '0.5'], env);
  const url = await hub.url();
  const sender = new Sender();
  const key = keyIn(folder, 'read');
  const ask = (path: string) =>
    fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  for (const seconds of [0, 3_600, 0, -3_600, 0]) {
    writeFileSync(offset, String(seconds));
    // More requests than a second allows: of those of a window that ended an hour from now none would be let in.
    const answers = await Promise.all(Array.from({ length: 1_500 }, () => ask('/health')));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(await sender.send(hub, url)).toBe(true);
    const entry = { correlation_id: `at-${seconds}` };
    const ingested = await fetch(`${url}/ingest`, {
      method: 'POST',
      body: JSON.stringify(entry),
      headers: {
        authorization: `Bearer ${keyIn(folder, 'ingest')}`,
        'content-type': 'application/json',
      },
    });
    expect(ingested.status).toBe(200);
    // Maintenance comes once a second.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
  }
  const stats = (await (await ask('/stats')).json()) as { events: number; purged: number };
  expect(stats).toMatchObject({ events: sender.acknowledged + 3, purged: 0 });
  const { items } = (await (await ask('/stats/sources')).json()) as { items: unknown[] };
  expect(items).toHaveLength(2);
});
