// `aegis-trace doctor` on set-ups of which one thing is broken.
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.js';
import { runCli } from '../support/capture-io.js';
import { runProcess } from '../support/child.js';
import { KEYS, makeHubFolder, startTestHub } from '../support/hub.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';
import { mountSmallDisk } from '../support/small-disk.js';
import { openStore } from '../support/store-folder.js';

/** What is not well, by check. */
async function ails(
  folder: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<{ exit: number; found: Record<string, Finding> }> {
  const database = join(folder, 'hub.db');
  const { exit, stdout } = await runCli(['doctor', '--json', '--database', database, ...args], {
    env,
  });
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  const found = findings.filter(({ state }) => state !== 'ok').map((one) => [one.check, one]);
  return { exit, found: Object.fromEntries(found) };
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('finds nothing where nothing is wrong, with a hub and its key', async () => {
  const folder = makeHubFolder();
  const { store } = await openStore({ path: join(folder, 'hub.db') });
  await store.append(makeRun(), makeEvents(3));
  await store.close();
  const hub = await startTestHub();
  const args = ['doctor', '--database', join(folder, 'hub.db'), '--hub', hub.hub.url];
  const { exit, stdout, stderr } = await runCli(args, { env: { AEGIS_HUB_KEY: KEYS.read } });
  expect([exit, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^ok {4}package {6}aegis-trace \d/m);
  expect(stdout).toMatch(/^ok {4}addon {8}records, and what was recorded is read$/m);
  expect(stdout).toMatch(/^ok {4}database {5}\S+hub\.db: 3 events, /m);
  expect(stdout).toMatch(/^ok {4}key {10}the hub knows it, and it has the scope read$/m);
  expect(stdout.endsWith('\nNothing is wrong.\n')).toBe(true);
  expect(stdout).not.toContain(KEYS.read);
});

it.each<[string, (folder: string) => void, string, RegExp, RegExp]>([
  [
    'a file where the folder should be',
    (folder) => writeFileSync(join(folder, 'x'), ''),
    'folder',
    /is no folder$/,
    /another --database/,
  ],
  [
    'a database of another program',
    (folder) => writeFileSync(join(folder, 'hub.db'), 'my notes, '.repeat(500)),
    'database',
    /hub\.db/,
    /another --database/,
  ],
  [
    'keys that others can read',
    (folder) =>
      writeFileSync(join(folder, 'hub.keys'), 'ingest a-key-of-the-tests', { mode: 0o644 }),
    'keys',
    /can be read by others/,
    /chmod 600 /,
  ],
])('says what %s is, and what to do', async (what, breakIt, check, text, advice) => {
  const folder = makeHubFolder();
  breakIt(folder);
  if (check === 'keys') chmodSync(join(folder, 'hub.keys'), 0o644);
  const { exit, found } = await ails(what.startsWith('a file') ? join(folder, 'x') : folder);
  expect([exit, Object.keys(found)]).toEqual([1, [check]]);
  expect(found[check]?.text).toMatch(text);
  expect(found[check]?.advice ?? '').toMatch(advice);
});

it('says that a disk is full', async (context) => {
  const disk = join(makeHubFolder(), 'disk');
  onTestFinished(mountSmallDisk(context, disk, 2 ** 20));
  const { exit, found } = await ails(disk);
  expect([exit, found.disk?.text]).toEqual([1, expect.stringMatching(/^0\.0 GB are free/)]);
  mkdirSync(join(disk, 'logs'));
});

it.each<[string, RequestListener, string, RegExp]>([
  [
    'another program',
    (_request, response) => response.end('hello'),
    'hub',
    /\(pid \d+\) at \S+ is no hub: it answers 200$/,
  ],
  ['what says nothing', () => {}, 'hub', /does not answer: .*(aborted|timeout)/],
  [
    'a hub whose clock is an hour ahead',
    (_request, response) => {
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString());
      response.end('{"status":"ok"}');
    },
    'clock',
    /is off by 3\d{3}\.\d s$/,
  ],
])('asks %s', async (_what, listener, check, text) => {
  const url = await serve(listener);
  const { found } = await ails(makeHubFolder(), ['--hub', url], { AEGIS_HUB_KEY: KEYS.read });
  expect(found[check]?.text).toMatch(text);
  expect(found[check]?.advice).toBeTruthy();
});

it.each<[string, string[], Record<string, string>, string, RegExp]>([
  ['a URL that is none', ['--hub', 'hub'], {}, 'hub', /URL of the hub is none/],
  ['no hub where it should be', ['--hub', 'http://127.0.0.1:9'], {}, 'hub', /does not answer: /],
  ['no key', [], {}, 'key', /a key of the hub \S+ is needed/],
  ['a key that is not known', [], { AEGIS_HUB_KEY: 'no-key-of-the-tests' }, 'key', /answers 401/],
  ['a key of another scope', [], { AEGIS_HUB_KEY: KEYS.ingest }, 'key', /answers 403/],
])('is told of %s', async (_what, args, env, check, text) => {
  const hub = await startTestHub();
  const folder = makeHubFolder();
  const { exit, found } = await ails(folder, args, { AEGIS_HUB_URL: hub.hub.url, ...env });
  expect([exit, Object.keys(found)]).toEqual([1, [check]]);
  expect(found[check]?.text).toMatch(text);
  expect(found[check]?.advice).toBeTruthy();
});

it('is there also where the addon cannot be loaded', async () => {
  const folder = makeHubFolder();
  const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
  const args = [main, 'doctor', '--json', '--database', join(folder, 'hub.db')];
  writeFileSync(join(folder, 'broken.node'), 'no library');
  const end = await runProcess(process.execPath, args, { AEGIS_TRACE_PREBUILD: folder });
  expect(end.code).toBe(1);
  const { findings } = JSON.parse(end.stdout) as { findings: Finding[] };
  expect(findings.find(({ check }) => check === 'addon')).toMatchObject({
    state: 'fail',
    text: expect.stringContaining('the native addon could not be loaded'),
    advice: expect.stringContaining('npm rebuild aegis-trace'),
  });
});
