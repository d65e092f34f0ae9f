// A copy of a hub's database that is made while events come, and what a hub that is started on it has.
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { StoredEvent } from '../../src/event/stored-event.js';
import { SqliteStore } from '../../src/store/index.js';
import { backUpDatabase } from '../../src/store/sqlite/backup.js';
import { runCli } from '../support/capture-io.js';
import { runProcess } from '../support/child.js';
import { makeHubFolder, startTestHub } from '../support/hub.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';
import { mountSmallDisk } from '../support/small-disk.js';
import { openStore } from '../support/store-folder.js';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

async function eventsOf(path: string): Promise<StoredEvent[]> {
  const store = await SqliteStore.open({ path });
  const found: StoredEvent[] = [];
  try {
    let page = await store.after(undefined, { limit: 1_000 });
    while (page.events.length > 0) {
      found.push(...page.events);
      page = await store.after(page.position, { limit: 1_000 });
    }
  } finally {
    await store.close();
  }
  return found;
}

it('H8: has every event that was acknowledged before it began, and those up to one moment', async () => {
  const database = join(makeHubFolder(), 'hub.db');
  const target = join(makeHubFolder(), 'backup.db');
  const hub = await startTestHub({ database });
  const run = makeRun();
  let sent = 0;
  const send = async (): Promise<void> => {
    const events = Array.from({ length: 200 }, (_, index) => makeRecorded(sent + index));
    expect((await hub.send(run, events)).status).toBe(200);
    sent += events.length;
  };
  for (let batch = 0; batch < 20; batch++) await send();
  let isDone = false;
  const sending = (async () => {
    while (!isDone) await send();
  })();
  const before = sent;
  const command = ['hub', 'backup', target, '--database', database];
  const end = await runProcess(process.execPath, [MAIN, ...command]);
  const after = sent;
  isDone = true;
  await sending;
  // Node 22 says that its SQLite is experimental.
  expect(end.code, end.stderr).toBe(0);
  expect(end.stdout).toMatch(/backup\.db: [\d,]+ events, \d+\.\d MB, read through and sound\n$/);
  expect(statSync(target).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(target, '..'))).toEqual(['backup.db']);
  const copied = await eventsOf(target);
  expect(copied.length).toBeGreaterThanOrEqual(before);
  expect(copied.length).toBeLessThanOrEqual(after + 200);
  await hub.hub.close();
  expect(copied).toEqual((await eventsOf(database)).slice(0, copied.length));

  const restored = await startTestHub({ database: target });
  expect((await restored.get('/stats')).json.events).toBe(copied.length);
  // What senders send again is known there.
  const [first] = makeEvents(1);
  expect((await restored.send(run, first === undefined ? [] : [first])).json).toMatchObject({
    inserted: 0,
    duplicates: 1,
  });
});

it('H8: overwrites nothing, and leaves nothing where it fails', async (context) => {
  const folder = makeHubFolder();
  const source = join(folder, 'hub.db');
  const { store } = await openStore({ path: source });
  await store.append(makeRun(), makeEvents(2_000));
  await store.close();
  const target = join(folder, 'copy.db');
  const failing = (from: string, to: string) => expect(backUpDatabase(from, to)).rejects;
  writeFileSync(target, 'mine');
  await failing(source, target).toThrow(/is there already; a backup overwrites nothing/);
  await failing(join(folder, 'none.db'), join(folder, 'a.db')).toThrow(/none\.db/);
  await failing(target, join(folder, 'a.db')).toThrow(/copy\.db/);
  await failing(source, join(folder, 'no/folder/a.db')).toThrow(/could not be copied to .*ENOENT/);
  const command = await runCli(['hub', 'backup', target, '--database', source]);
  expect([command.exit, command.stderr]).toEqual([2, expect.stringContaining('is there already')]);
  // A reader leaves the log of what it reads, empty.
  const names = readdirSync(folder).filter((name) => !name.startsWith('hub.db-'));
  expect(names.sort()).toEqual(['copy.db', 'hub.db']);

  const disk = join(folder, 'disk');
  onTestFinished(mountSmallDisk(context, disk, 2 ** 16));
  await failing(source, join(disk, 'a.db')).toThrow(/could not be copied to .*full/);
  expect(readdirSync(disk)).toEqual([]);
});

it('takes the database of the environment, as the hub does', async () => {
  const folder = makeHubFolder();
  const { store } = await openStore({ path: join(folder, 'x.db') });
  await store.append(makeRun(), makeEvents(3));
  await store.close();
  chmodSync(join(folder, 'x.db'), 0o400);
  const target = join(folder, 'y.db');
  const env = { TRACEHUB_DB: join(folder, 'x.db') };
  expect((await runCli(['hub', 'backup', target], { env })).exit).toBe(0);
  expect(existsSync(target)).toBe(true);
  expect(await eventsOf(target)).toHaveLength(3);
});
