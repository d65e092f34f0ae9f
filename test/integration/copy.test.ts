// aegis-trace copy: the same events, once, from each kind of place to each other one, also after it was killed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, type TestContext } from 'vitest';
import { TraceCollector } from '../../src/index.js';
import { ClickHouseStore } from '../../src/store/clickhouse/clickhouse-store.js';
import { initStore } from '../../src/store/clickhouse/schema.js';
import type { EventStore, StoredEvent } from '../../src/store/event-store.js';
import { SqliteStore } from '../../src/store/index.js';
import { runCli } from '../support/capture-io.js';
import { DIST_URL, RunningProcess } from '../support/child.js';
import { TestClickHouse } from '../support/clickhouse.js';
import { requireProgram } from '../support/debian-server.js';
import { KEYS, makeHubFolder, startTestHub } from '../support/hub.js';
import { randomFrom } from '../support/random.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';

const MAIN = fileURLToPath(new URL('cli/main.js', DIST_URL));
/** 100 in stress. */
const KILLS = process.env.AEGIS_STRESS === '1' ? 100 : 8;
const RETENTION_MS = 1e12;

/** What events are, wherever they are: in the order of their ids, with wall time by the microsecond. */
async function contentOf(store: EventStore): Promise<unknown[]> {
  const found: StoredEvent[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.query({ limit: 1_000, count: false, cursor });
    found.push(...page.events);
    cursor = page.next;
  } while (cursor !== undefined);
  await store.close();
  return found
    .map(({ wallNs, event: { timestampNs: _steady, ...event } }) => ({ wallNs, ...event }))
    .sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
}

const openDatabase = (path: string) => SqliteStore.open({ path, retentionMs: RETENTION_MS });

/** A database with two runs of several lanes, one of them with a clock that was set. */
async function fillDatabase(path: string, events = 1_500): Promise<unknown[]> {
  const store = await openDatabase(path);
  const first = makeRun({ service: 'checkout', host: 'a' });
  const anchor = first.anchors[0] as (typeof first.anchors)[0];
  const set = { steadyNs: anchor.steadyNs + 700_000_000n, wallNs: anchor.wallNs + 60_000_000_000n };
  const runs = [{ ...first, anchors: [anchor, set] }, makeRun({ service: 'billing' })];
  for (const run of runs) {
    const own = makeEvents(events, (index) => ({ ms: index, requestId: `r-${index % 50}` }));
    for (let from = 0; from < own.length; from += 500) {
      await store.append(run, own.slice(from, from + 500));
    }
  }
  return contentOf(store);
}

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  runCli(['copy', ...args], { env });

async function startServer(context: TestContext): Promise<TestClickHouse> {
  requireProgram(context, 'clickhouse-server', 'clickhouse-server');
  return TestClickHouse.start();
}

it('a database, lines, an export, a hub and a ClickHouse have the same events, and a second copy adds none', async (context) => {
  const server = await startServer(context);
  const folder = makeHubFolder();
  const path = (name: string): string => join(folder, name);
  const content = await fillDatabase(path('first.db'));
  const url = server.urlOf('copied');
  await initStore(url);
  const hub = await startTestHub({ retentionHours: 80_000 });
  const ingest = { AEGIS_HUB_KEY: KEYS.ingest };
  const steps: [string, string, Record<string, string>?][] = [
    [path('first.db'), url],
    [url, path('a.jsonl')],
    [path('a.jsonl'), hub.hub.url, ingest],
    [hub.hub.url, path('second.db'), { AEGIS_HUB_KEY: KEYS.read }],
  ];
  for (const [from, to, env] of steps) {
    expect(await run([from, to], env), `${from} ${to}`).toMatchObject({
      exit: 0,
      stdout: '3,000 events: 3,000 copied\n',
    });
    if (to.endsWith('.jsonl')) continue;
    const { stdout } = await run([from, to, '--json'], env);
    expect(JSON.parse(stdout)).toEqual({ read: 3_000, inserted: 0, duplicates: 3_000, refused: 0 });
  }
  expect(await contentOf(await openDatabase(path('second.db')))).toEqual(content);
  expect(await contentOf(await ClickHouseStore.open({ url }))).toEqual(content);
  // Lines do not say of which services they are.
  const store = await ClickHouseStore.open({ url });
  expect((await store.runs()).map(({ service }) => service).sort()).toEqual([
    'billing',
    'checkout',
  ]);
  await store.close();

  // An export has wall times alone, and no places.
  expect((await run([path('first.db'), path('all.json')])).exit).toBe(0);
  expect((await runCli(['validate', path('all.json')])).exit).toBe(0);
  for (const duplicates of [0, 3_000]) {
    const { stdout } = await run([path('all.json'), path('third.db'), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ inserted: 3_000 - duplicates, duplicates });
  }
  expect(await contentOf(await openDatabase(path('third.db')))).toEqual(content);
});

it('a ring and its exports are the same events, also when the ring has gone on', async () => {
  const folder = makeHubFolder();
  const collector = new TraceCollector({ capacity: 100, file: join(folder, 'a.ring') });
  const database = join(folder, 'a.db');
  const record = (count: number): void => {
    for (let index = 0; index < count; index++) {
      collector.record({ eventType: 'decided', component: 'Scheduler', requestId: `r${index}` });
    }
  };
  record(150);
  await collector.exportJson(join(folder, 'a.json'));
  const first = await run([join(folder, 'a.json'), database, '--json']);
  expect(JSON.parse(first.stdout)).toMatchObject({ inserted: 100, duplicates: 0 });
  record(30);
  collector.close();
  const second = await run([join(folder, 'a.ring'), database, '--json']);
  expect(JSON.parse(second.stdout)).toMatchObject({ inserted: 30, duplicates: 70 });
  const content = await contentOf(await openDatabase(database));
  expect(content).toHaveLength(130);
});

it.for(['clickhouse', 'lines'])(
  'a copy to %s that is killed again and again, and goes on, is exact',
  async (kind, context) => {
    const folder = makeHubFolder();
    const from = join(folder, 'from.db');
    const content = await fillDatabase(from, 10_000);
    let to = join(folder, 'to.jsonl');
    if (kind === 'clickhouse') {
      to = (await startServer(context)).urlOf('copied');
      await initStore(to);
    }
    const state = join(folder, 'state.json');
    const random = randomFrom(7);
    let isWhole = false;
    for (let kill = 0; kill < KILLS && !isWhole; kill++) {
      const args = [MAIN, 'copy', from, to, '--state', state];
      const copy = new RunningProcess(process.execPath, args, { cwd: folder, env: {} });
      const timer = setTimeout(() => copy.child.kill('SIGKILL'), 300 + random() * 500);
      isWhole = (await copy.ended).code === 0;
      clearTimeout(timer);
    }
    expect((await run([from, to, '--state', state])).exit).toBe(0);
    expect(JSON.parse(readFileSync(state, 'utf8'))).toMatchObject({ events: 20_000 });
    if (kind === 'lines') {
      expect((await run([to, join(folder, 'to.db')])).stdout).toBe(
        '20,000 events: 20,000 copied\n',
      );
      expect(await contentOf(await openDatabase(join(folder, 'to.db')))).toEqual(content);
    } else expect(await contentOf(await ClickHouseStore.open({ url: to }))).toEqual(content);
  },
);

it('says what cannot be copied, and to where', async () => {
  const folder = makeHubFolder();
  const database = join(folder, 'a.db');
  await fillDatabase(database, 3);
  const lines = join(folder, 'a.jsonl');
  const state = join(folder, 'state.json');
  expect((await run([database, lines, '--state', state])).exit).toBe(0);
  const wrong: [string[], RegExp][] = [
    [[join(folder, 'no.db'), lines], /no\.db.*no such file|could not be opened/s],
    [[database, join(folder, 'a.ring')], /is none of a database \(\.db\), lines/],
    [[database, lines], /a\.jsonl is there already/],
    [[lines, database, '--state', state], /is of a copy from/],
    [[database, lines, '--state', join(folder, 'other.json')], /a\.jsonl is there already/],
    [[database, join(folder, 'a.json'), '--state', join(folder, 'x')], /written as a whole/],
    [[database, 'clickhouse://127.0.0.1:1/x'], /ECONNREFUSED/],
  ];
  for (const [args, message] of wrong) {
    const { exit, stderr } = await run(args);
    expect([exit, stderr]).toEqual([2, expect.stringMatching(message)]);
  }
});
