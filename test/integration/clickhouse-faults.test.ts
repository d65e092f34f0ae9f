// A ClickHouse that is cut off, killed, away or not a store: each event that was acknowledged is there once.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, type TestContext } from 'vitest';
import type { RecordedEvent, RunInfo } from '../../src/event/recorded-event.js';
import { ClickHouseStore } from '../../src/store/clickhouse/clickhouse-store.js';
import { initStore } from '../../src/store/clickhouse/schema.js';
import { runCli } from '../support/capture-io.js';
import { TestClickHouse } from '../support/clickhouse.js';
import { expectTraceError } from '../support/collect.js';
import { requireProgram } from '../support/debian-server.js';
import { type Fault, FaultProxy } from '../support/fault-proxy.js';
import { randomFrom } from '../support/random.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';
import { mountSmallDisk } from '../support/small-disk.js';

const isStress = process.env.AEGIS_STRESS === '1';
const CUTS = isStress ? 200 : 40;
const KILLS = isStress ? 100 : 6;
const BATCH = 500;
const DATABASE = 'traces';

async function startServer(context: TestContext): Promise<TestClickHouse> {
  requireProgram(context, 'clickhouse-server', 'clickhouse-server');
  const server = await TestClickHouse.start();
  await initStore(server.urlOf(DATABASE));
  return server;
}

const batchOf = (number: number): RecordedEvent[] =>
  Array.from({ length: BATCH }, (_, index) => {
    const sequence = number * BATCH + index;
    return makeRecorded(sequence, { requestId: `r${sequence % 7}` });
  });

/** Appends as a pipeline does: again, until it is acknowledged. */
async function appendUntilTaken(
  store: ClickHouseStore,
  run: RunInfo,
  events: readonly RecordedEvent[],
  beforeEach: () => Promise<void> | void,
): Promise<number> {
  for (let tries = 1; ; tries++) {
    await beforeEach();
    try {
      const { inserted, duplicates } = await store.append(run, events);
      expect(inserted + duplicates).toBe(events.length);
      return tries;
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_TRACE_STORE' });
      if (tries === 50) throw error;
    }
  }
}

async function expectOnce(url: string, events: number): Promise<void> {
  const store = await ClickHouseStore.open({ url });
  expect((await store.stats()).events).toBe(events);
  const { requests } = await store.requests({ limit: 100 });
  expect(requests.reduce((sum, request) => sum + request.events, 0)).toBe(events);
  const chain = await store.chain('r3', { limit: events });
  const sequences = chain.map(({ sequence }) => sequence);
  expect(sequences).toEqual([...new Set(sequences)]);
  expect(sequences).toHaveLength(Math.ceil((events - 3) / 7));
  await store.close();
}

it('P7: connections that are cut before and after the body double nothing and lose nothing', async (context) => {
  const server = await startServer(context);
  const proxy = await FaultProxy.open(() => server.port);
  const url = `clickhouse://127.0.0.1:${proxy.port}/${DATABASE}`;
  const random = randomFrom(17);
  const run = makeRun();
  let store = await ClickHouseStore.open({ url });
  let retried = 0;
  for (let number = 0; number < CUTS; number++) {
    let isFirst = true;
    const faults: readonly Fault[] = ['cut_answer', 'cut_request', 'none'];
    const tries = await appendUntilTaken(store, run, batchOf(number), () => {
      proxy.set(isFirst ? (faults[Math.floor(random() * 3)] as Fault) : 'none');
      isFirst = false;
    });
    retried += tries - 1;
    // Another process goes on with the same run.
    if (number % 10 === 9) {
      proxy.set('none');
      await store.close();
      store = await ClickHouseStore.open({ url });
    }
  }
  proxy.set('none');
  await store.close();
  proxy.close();
  expect(retried).toBeGreaterThan(CUTS / 3);
  await expectOnce(server.urlOf(DATABASE), CUTS * BATCH);
});

it('P7: a server that is killed while it takes a batch has what it acknowledged, once', async (context) => {
  const server = await startServer(context);
  const url = server.urlOf(DATABASE);
  const store = await ClickHouseStore.open({ url });
  const random = randomFrom(18);
  const run = makeRun();
  for (let number = 0; number < KILLS; number++) {
    let killed: Promise<void> | undefined;
    await appendUntilTaken(store, run, batchOf(number), async () => {
      if (killed === undefined) {
        const waitMs = random() * 30;
        killed = new Promise((resolve) => setTimeout(resolve, waitMs)).then(() => server.kill());
        return;
      }
      await killed;
      await server.start();
      killed = Promise.resolve();
    });
    await killed;
    await server.start().catch(() => undefined);
  }
  await store.close();
  await expectOnce(url, KILLS * BATCH);
});

it('P7: says what is wrong with a server, a database or a URL, and what to do', async (context) => {
  const server = await startServer(context);
  const open = (url: string) => ClickHouseStore.open({ url });
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    [server.urlOf('nothing'), 'ERR_TRACE_STORE', /no store in the database nothing: make one with/],
    [
      `clickhouse://127.0.0.1:1/${DATABASE}`,
      'ERR_TRACE_STORE',
      /could not say its version.*ECONNREFUSED/s,
    ],
    [`clickhouse://somebody:secret@127.0.0.1:${server.port}/x`, 'ERR_TRACE_STORE', /Unknown user/],
    ['http://127.0.0.1:8123/x', 'ERR_TRACE_OPTION', /must be clickhouse:\/\/USER:PASSWORD@HOST/],
    ['clickhouse://127.0.0.1/a b', 'ERR_TRACE_OPTION', /no database of a store is called a b/],
  ];
  for (const [url, code, message] of wrong) {
    await expectTraceError(() => open(url), code as 'ERR_TRACE_STORE', message);
    await open(url).catch((error) => expect(String(error)).not.toContain('secret'));
  }
  const store = await open(server.urlOf(DATABASE));
  await store.append(makeRun(), makeEvents(3));
  await server.kill();
  await expectTraceError(
    () => store.append(makeRun(), makeEvents(3)),
    'ERR_TRACE_STORE',
    /could not/,
  );
  await expectTraceError(() => store.query(), 'ERR_TRACE_STORE', /could not/);
  await server.start();
  // It goes on with the same connection.
  expect((await store.query()).events).toHaveLength(3);
  await store.close();
});

it('the command makes a store, says what there is, and asks which when it is not told', async (context) => {
  requireProgram(context, 'clickhouse-server', 'clickhouse-server');
  const server = await TestClickHouse.start();
  const env = { AEGIS_STORE_URL: server.urlOf('made') };
  expect(await runCli(['store', 'status'], { env })).toMatchObject({
    exit: 1,
    stdout: expect.stringMatching(/^made: no store, ClickHouse 1?\d+\.\d+/),
  });
  for (let time = 0; time < 2; time++) {
    expect(await runCli(['store', 'init'], { env })).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/^made: a store of version 2, /),
    });
  }
  const { stdout } = await runCli(['store', 'status', '--json', '--url', env.AEGIS_STORE_URL]);
  expect(JSON.parse(stdout)).toMatchObject({ database: 'made', version: 2 });
  const { exit, stderr } = await runCli(['store', 'init']);
  expect([exit, stderr]).toEqual([
    2,
    expect.stringMatching(/which ClickHouse\? --url clickhouse:/),
  ]);
});

it('P7: a store of an older release is brought to this one by the command, and by nothing else', async (context) => {
  const server = await startServer(context);
  const url = server.urlOf(DATABASE);
  const first = await ClickHouseStore.open({ url });
  await first.append(makeRun(), makeEvents(3));
  await first.close();
  // As the first version had it: fewer tables, and views that knew nothing of the horizon.
  const ask = (sql: string): Promise<string> => server.ask(sql, DATABASE);
  for (const table of ['foreign_event', 'repeat', 'project', 'alert', 'process_trace']) {
    expect(await ask(`DROP TABLE ${table}`)).toBe('');
  }
  const uuid = (await ask('SELECT uuid FROM store')).trim();
  await ask('DROP TABLE store');
  await ask(
    'CREATE TABLE store (uuid String, version UInt32, made_ms Int64) ENGINE = MergeTree ORDER BY version',
  );
  await ask(`INSERT INTO store VALUES ('${uuid}', 1, 0)`);
  await expectTraceError(
    () => ClickHouseStore.open({ url }),
    'ERR_TRACE_STORE',
    /has version 1: aegis-trace store migrate/,
  );
  const env = { AEGIS_STORE_URL: url };
  expect(await runCli(['store', 'migrate'], { env })).toMatchObject({
    exit: 0,
    stdout: expect.stringContaining('a store of version 2'),
  });
  const store = await ClickHouseStore.open({ url });
  expect((await store.query()).events).toHaveLength(3);
  expect(await store.projects()).toEqual([]);
  expect(await ask('SELECT count() FROM process_trace')).toBe('3\n');
  await store.close();
  await ask(`INSERT INTO store VALUES ('${uuid}', 9, 0)`);
  expect(await runCli(['store', 'migrate'], { env })).toMatchObject({
    exit: expect.any(Number),
    stderr: expect.stringContaining('this release knows 2'),
  });
});

it('P7: who may only read is answered, and told why nothing is stored', async (context) => {
  const server = await startServer(context);
  const store = await ClickHouseStore.open({ url: server.urlOf(DATABASE) });
  await store.append(makeRun(), makeEvents(3));
  await store.close();
  const urlOf = (password: string): string =>
    `clickhouse://reader:${password}@127.0.0.1:${server.port}/${DATABASE}`;
  await expectTraceError(
    () => ClickHouseStore.open({ url: urlOf('wrong') }),
    'ERR_TRACE_STORE',
    /Wrong password|Authentication failed/,
  );
  const reader = await ClickHouseStore.open({ url: urlOf('reads') });
  expect((await reader.query()).events).toHaveLength(3);
  await expectTraceError(
    () => reader.append(makeRun(), makeEvents(3)),
    'ERR_TRACE_STORE',
    /ClickHouse could not take rows of \w+: .*readonly mode/s,
  );
  expect((await reader.stats()).events).toBe(3);
  await reader.close();
});

it('P7: a server that does not answer in time has taken a batch once, or not', async (context) => {
  const server = await startServer(context);
  const proxy = await FaultProxy.open(() => server.port);
  context.onTestFinished(() => proxy.close());
  const url = `clickhouse://127.0.0.1:${proxy.port}/${DATABASE}`;
  const store = await ClickHouseStore.open({ url }, { timeoutMs: 500 });
  const run = makeRun();
  for (let number = 0; number < 4; number++) {
    proxy.set('black_hole');
    await expectTraceError(
      () => store.append(run, batchOf(number)),
      'ERR_TRACE_STORE',
      /Timeout|hang up/,
    );
    proxy.set('none');
    expect((await store.append(run, batchOf(number))).rejected).toEqual([]);
  }
  await store.close();
  await expectOnce(server.urlOf(DATABASE), 4 * BATCH);
});

it('P7: parts that are merged, detached and attached are events that are there, away and back', async (context) => {
  const server = await startServer(context);
  const store = await ClickHouseStore.open({ url: server.urlOf(DATABASE) });
  const run = makeRun();
  for (let number = 0; number < 6; number++) await store.append(run, batchOf(number));
  const chain = await store.chain('r3');
  expect(await server.ask('OPTIMIZE TABLE event FINAL', DATABASE)).toBe('');
  expect(await store.chain('r3')).toEqual(chain);
  const partition = await server.ask(
    "SELECT any(partition) FROM system.parts WHERE table = 'event' AND active",
    DATABASE,
  );
  expect(await server.ask(`ALTER TABLE event DETACH PARTITION ${partition}`, DATABASE)).toBe('');
  expect(await store.chain('r3')).toEqual([]);
  expect((await store.query()).events).toEqual([]);
  expect(await server.ask(`ALTER TABLE event ATTACH PARTITION ${partition}`, DATABASE)).toBe('');
  expect(await store.chain('r3')).toEqual(chain);
  await store.close();
  await expectOnce(server.urlOf(DATABASE), 6 * BATCH);
});

it('P7: a server whose disk is full takes nothing, says so, and goes on when there is room', async (context) => {
  requireProgram(context, 'clickhouse-server', 'clickhouse-server');
  const folder = mkdtempSync(join(tmpdir(), 'aegis-disk-'));
  const disk = join(folder, 'disk');
  const unmount = mountSmallDisk(context, disk, 24 * 2 ** 20);
  context.onTestFinished(() => {
    unmount();
    rmSync(folder, { recursive: true, force: true });
  });
  const server = await TestClickHouse.start(onTestFinished, disk);
  const url = server.urlOf(DATABASE);
  await initStore(url);
  const store = await ClickHouseStore.open({ url });
  const run = makeRun();
  let number = 0;
  let said = '';
  while (said === '' && number < 200) {
    const events = batchOf(number).map((placed) => ({
      ...placed,
      // What does not compress.
      event: { ...placed.event, rationale: randomBytes(1_000).toString('base64') },
    }));
    try {
      await store.append(run, events);
      number++;
    } catch (error) {
      said = (error as Error).message;
    }
  }
  expect(said).toMatch(/ClickHouse could not take rows of \w+: .*(space|Cannot write)/s);
  execFileSync('mount', ['-o', `remount,size=${512 * 2 ** 20}`, disk]);
  expect((await store.append(run, batchOf(number))).rejected).toEqual([]);
  await store.close();
  await expectOnce(url, (number + 1) * BATCH);
});
