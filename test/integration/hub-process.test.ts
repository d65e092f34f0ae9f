import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { formatBatch } from '../../src/wire/batch.js';
import { eventually } from '../support/eventually.js';
import { makeHubFolder } from '../support/hub.js';
import { HubProcess, keyIn, post } from '../support/hub-process.js';
import { makeRecorded, makeRun } from '../support/recorded-events.js';
import { connect } from '../support/store-folder.js';

/** 1 000 in stress. */
const KILLS = process.env.AEGIS_STRESS === '1' ? 1_000 : 200;

it('starts with nothing but its name, shows where things are, and ends by SIGTERM with 0', async () => {
  const hub = new HubProcess(makeHubFolder(), ['--port', '0']);
  const url = await hub.url();
  expect(hub.stdout).toContain(
    `database  ${join(hub.folder, 'logs/observability.db')}, events are kept for 6 h`,
  );
  expect(hub.stdout).toContain('Keys were made now; that file has them.');
  // Keys are shown on a terminal only.
  expect(hub.stdout).not.toContain(keyIn(hub.folder, 'ingest'));
  expect(statSync(join(hub.folder, 'logs')).mode & 0o777).toBe(0o700);
  const run = makeRun();
  const body = formatBatch({ run, events: [makeRecorded(0)] });
  expect(await post(url, keyIn(hub.folder, 'ingest'), body)).toMatchObject({ inserted: 1 });
  const stream = await fetch(`${url}/recent/stream`, {
    headers: { authorization: `Bearer ${keyIn(hub.folder, 'read')}` },
  });
  hub.child.kill('SIGTERM');
  expect(await hub.ended).toEqual({ code: 0, signal: null });
  expect(await stream.text()).toContain('event: end\ndata: {"reason":"the hub ends"}\n');
  expect(hub.stderr).toMatch(/SIGTERM: answering what is under way/);
  expect(existsSync(join(hub.folder, 'logs/observability.db-wal'))).toBe(false);
});

it('options come from flags, the environment and a file', async () => {
  const folder = makeHubFolder();
  const hub = new HubProcess(folder, ['--port', '0', '--database', 'mine.db'], {
    AEGIS_HUB_RETENTION_HOURS: '12',
  });
  await hub.url();
  expect(hub.stdout).toContain(`database  ${join(folder, 'mine.db')}, events are kept for 12 h`);
});

it.each<[string, string[], Record<string, string>, RegExp]>([
  ['an unknown flag', ['--prot', '1'], {}, /unknown option '--prot'/],
  ['a port that is none', ['--port', 'x'], {}, /--port must be an integer; got "x"/],
  [
    'a variable that is wrong',
    [],
    { AEGIS_HUB_QUEUE_BYTES: '1' },
    /queueBytes must be an integer from/,
  ],
  ['a file that is not there', ['--config', 'no.toml'], {}, /no.toml could not be read/],
  ['an open address without keys', ['--host', '0.0.0.0'], {}, /a hub on 0.0.0.0 needs keys/],
  [
    'an address of another machine',
    ['--host', '192.0.2.1', '--port', '0'],
    { TRACEHUB_SECRET: 'a-secret-of-16-or-more' },
    /port 0 of 192.0.2.1 cannot be had/,
  ],
  ['a database that is a folder', ['--database', '.'], {}, /ERR_TRACE_/],
])('does not start with %s, and says what is wrong', async (_, args, env, message) => {
  const hub = new HubProcess(makeHubFolder(), args, env);
  expect((await hub.ended).code).toBe(2);
  expect(hub.stderr).toMatch(message);
  expect(hub.stdout).toBe('');
});

it('a port in use is said', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const hub = new HubProcess(makeHubFolder(), ['--port', String(port)]);
  expect((await hub.ended).code).toBe(2);
  expect(hub.stderr).toContain(`port ${port} of 127.0.0.1 cannot be had: `);
  expect(hub.stderr).toContain(`(pid ${process.pid}) listens there; give another port`);
});

it(`H1: SIGKILL ${KILLS} times under four senders: what was acknowledged is stored, nothing twice`, async () => {
  const folder = makeHubFolder();
  const acknowledged = new Set<string>();
  const sent = new Set<string>();
  let current: { url: string; key: string } | undefined;
  let isOver = false;
  const sender = async () => {
    const run = makeRun();
    for (let sequence = 0; !isOver; ) {
      const events = [makeRecorded(sequence), makeRecorded(sequence + 1, { severity: 'Error' })];
      for (const event of events) sent.add(`${run.run}/${event.sequence}`);
      try {
        if (current === undefined) throw new Error('no hub');
        await post(current.url, current.key, formatBatch({ run, events }));
        for (const event of events) acknowledged.add(`${run.run}/${event.sequence}`);
        sequence += 2;
      } catch {
        await sleep(5); // the same events again
      }
    }
  };
  const senders = Promise.all([sender(), sender(), sender(), sender()]);
  for (let kill = 0; kill < KILLS; kill++) {
    const hub = new HubProcess(folder, ['--port', '0']);
    current = { url: await hub.url(), key: keyIn(folder, 'ingest') };
    const before = acknowledged.size;
    await eventually(() => expect(acknowledged.size).toBeGreaterThan(before));
    await sleep(Math.random() * 20);
    hub.child.kill('SIGKILL');
    await hub.ended;
    // Node 22 says that its SQLite is experimental.
    expect(hub.stderr.replaceAll(/^\(.*(ExperimentalWarning|--trace-warnings).*\n/gm, '')).toBe('');
  }
  isOver = true;
  await senders;
  const database = await connect(join(folder, 'logs/observability.db'));
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  const rows = database
    .prepare('SELECT r.run, e.place FROM event e JOIN run r ON r.id = e.run')
    .all() as { run: string; place: number }[];
  const stored = rows.map(({ run, place }) => `${run}/${place}`);
  const distinct = new Set(stored);
  expect(distinct.size).toBe(stored.length);
  expect([...acknowledged].filter((event) => !distinct.has(event))).toEqual([]);
  expect(stored.filter((event) => !sent.has(event))).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(KILLS);
}, 3_600_000);
