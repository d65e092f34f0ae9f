// A hub whose store is a ClickHouse: the same answers, streams, projects and alerts, and what it says when that is away.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { initStore } from '../../src/store/clickhouse/schema.js';
import { formatBatch } from '../../src/wire/batch.js';
import { ACCOUNT } from '../support/account.js';
import { alertIn, errors, rulesOf, writeRules } from '../support/alert-rules.js';
import { TestClickHouse } from '../support/clickhouse.js';
import { requireProgram } from '../support/debian-server.js';
import { eventually } from '../support/eventually.js';
import { KEYS, makeHubFolder, startTestHub } from '../support/hub.js';
import { Listener } from '../support/hub-listener.js';
import { HubProcess, keyIn, post } from '../support/hub-process.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';

/** 100 in stress. */
const KILLS = process.env.AEGIS_STRESS === '1' ? 100 : 8;
const BATCH = 50;

async function startServer(context: TestContext): Promise<{ server: TestClickHouse; url: string }> {
  requireProgram(context, 'clickhouse-server', 'clickhouse-server');
  const server = await TestClickHouse.start();
  const url = server.urlOf('traces');
  await initStore(url);
  return { server, url };
}

it('P7: answers, streams and counts repeats as over any store, also after a start', async (context) => {
  const { url } = await startServer(context);
  const hub = await startTestHub({ store: { clickhouse: url } });
  expect(hub.hub.database).toBe(url);
  const listener = await Listener.open(hub, '/recent/stream?component=gpu.run');
  const run = makeRun({ service: 'checkout' });
  const events = makeEvents(20, (index) => ({
    component: index % 2 === 0 ? 'gpu.run' : 'cpu.run',
    requestId: `r-${index % 4}`,
  }));
  expect((await hub.send(run, events)).json).toMatchObject({ inserted: 20, duplicates: 0 });
  expect((await hub.send(run, events)).json).toMatchObject({ inserted: 0, duplicates: 20 });
  await listener.has(10);
  expect(listener.sequences()).toEqual(Array.from({ length: 10 }, (_, index) => 2 * index));
  const entry = { correlation_id: 'r-1', source_id: 'old', endpoint: 'pay', entry_id: '1' };
  const again = JSON.stringify([{ ...entry, timestamp: new Date().toISOString() }]);
  expect((await hub.post(again)).json).toMatchObject({ inserted: 1 });
  expect((await hub.post(again)).json).toMatchObject({ inserted: 0, deduped: 1 });
  const first = (await hub.get('/traces/r-1')).json;
  expect(first).toMatchObject({ complete: 'unknown', account: { sources: 2 } });
  expect(first.items).toHaveLength(6);
  expect(first.items.at(-1).attributes).toMatchObject({ 'aegis.repeats': '1' });
  expect((await hub.get('/stats')).json).toMatchObject({ events: 21, runs: 2 });
  expect((await hub.get('/metrics')).text).not.toContain('database_bytes');
  await hub.hub.close();

  const second = await startTestHub({ store: { clickhouse: url } });
  expect((await second.get('/traces/r-1')).json.items).toEqual(first.items);
  // What was there before is known again, whoever stored it.
  expect((await second.send(run, events)).json).toMatchObject({ inserted: 0, duplicates: 20 });
  expect((await second.post(again)).json).toMatchObject({ inserted: 0, deduped: 1 });
});

it('P7: projects are kept, switches are events, and what is over is gone for every question', async (context) => {
  const { url } = await startServer(context);
  const hub = await startTestHub({ store: { clickhouse: url } });
  const admin = (path: string, method: string, body: object) =>
    hub.fetch(path, {
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      key: KEYS.admin,
    });
  const shop = { id: 'shop', name: 'Shop' };
  expect((await admin('/api/v1/projects', 'POST', shop)).status).toBe(200);
  expect((await admin('/api/v1/projects', 'POST', shop)).status).toBe(409);
  const off = { tracing_enabled: false };
  expect((await admin('/api/v1/projects/shop/tracing', 'PATCH', off)).status).toBe(200);
  const { json } = await hub.get('/recent?component=aegis.projects');
  expect(json.items).toMatchObject([{ event_type: 'tracing_switched', attributes: { to: 'off' } }]);
  await hub.send(makeRun(), makeEvents(5));
  expect((await admin('/cleanup', 'POST', { hours: 0 })).json).toEqual({
    removed: 6,
    is_done: true,
  });
  expect((await hub.get('/recent')).json.items).toEqual([]);
  expect((await hub.get('/stats')).json).toMatchObject({ events: 0, purged: 6 });
  await hub.hub.close();
  const second = await startTestHub({ store: { clickhouse: url } });
  expect((await second.get('/api/v1/projects')).json.items).toMatchObject([
    { id: 'shop', name: 'Shop', tracing_enabled: false },
  ]);
});

it('R5: rules in the SQL of ClickHouse fire, and can do nothing but read, and not for long', async (context) => {
  const { server, url } = await startServer(context);
  const rule = (name: string, query: string, threshold = 3): string =>
    `[[alerts.rule]]\nname = "${name}"\nquery = ${JSON.stringify(query)}\nthreshold = ${threshold}\n`;
  const foreign = `http://127.0.0.1:${server.port}/`;
  const alerts = writeRules(
    rulesOf(
      '',
      [
        `${rule('errors', "SELECT count() FROM process_trace WHERE status = 'ERR' AND ts > now() - 300")}
requests = "SELECT DISTINCT request_id FROM process_trace WHERE status = 'ERR'"
action = ["log", "event"]`,
        '[[alerts.rule]]\nname = "where"\nwhere = "severity>=error"\nthreshold = 2\n',
        rule('far', `SELECT count() FROM url('${foreign}', 'CSV', 'a String')`),
        rule('endless', 'SELECT count() FROM system.numbers WHERE number % 7 = 8'),
        rule('large', 'SELECT length(groupArray(number)) FROM system.numbers'),
        rule('text', "SELECT 'many'"),
        rule('nothing', 'SELECT avg(duration_ms) FROM process_trace WHERE 0'),
      ].join('\n'),
    ),
  );
  const hub = await startTestHub({ store: { clickhouse: url }, alerts });
  expect((await hub.post(errors(3))).status).toBe(200);
  await eventually(async () => {
    expect(await alertIn(hub)).toMatchObject({
      state: 'firing',
      value: 3,
      requests: ['r-0', 'r-1', 'r-2'],
    });
    expect(await alertIn(hub, 'where')).toMatchObject({ state: 'firing', value: 3 });
    expect((await alertIn(hub, 'far')).error).toMatch(/forbidden in readonly mode/);
    expect((await alertIn(hub, 'endless')).error).toMatch(/Timeout|TIMEOUT|elapsed/);
    expect((await alertIn(hub, 'large')).error).toMatch(/Timeout|TIMEOUT|elapsed|Memory limit/);
    expect((await alertIn(hub, 'text')).error).toMatch(/must be a number/);
    expect(await alertIn(hub, 'nothing')).toMatchObject({ state: 'inactive' });
  });
  const { json } = await hub.get('/recent?component=aegis.alerts&order=oldest');
  expect(json.items.map((item: { request_id: string }) => item.request_id)).toContain('r-1');
  const simulated = await hub.fetch('/alerts/errors/simulate', {
    method: 'POST',
    body: JSON.stringify({ from: new Date(Date.now() - 600_000).toISOString() }),
    headers: { 'content-type': 'application/json' },
    key: KEYS.read,
  });
  expect(simulated.json.changes).toMatchObject([{ from: 'inactive', to: 'firing', value: 3 }]);
  await hub.hub.close();
  // Where they stand is kept.
  const second = await startTestHub({ store: { clickhouse: url }, alerts });
  expect(await alertIn(second)).toMatchObject({ state: 'firing', history: [{ to: 'firing' }] });
});

it('P7: a hub whose server is away says so, refuses for now, and goes on when it is back', async (context) => {
  const { server, url } = await startServer(context);
  const hub = await startTestHub({ store: { clickhouse: url } });
  const run = makeRun();
  await hub.send(run, makeEvents(5));
  await server.kill();
  const refused = await hub.send(run, makeEvents(10));
  expect(refused.status).toBe(503);
  expect(refused.json.detail).toMatch(/ClickHouse could not .*ECONNREFUSED/);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await hub.get('/ready')).status).toBe(503);
  expect((await hub.get('/recent')).json.detail).toMatch(/ClickHouse could not/);
  expect((await hub.get('/health')).status).toBe(200);
  await server.start();
  expect((await hub.get('/ready')).status).toBe(200);
  expect((await hub.send(run, makeEvents(10))).json).toMatchObject({ inserted: 5, duplicates: 5 });
});

it('P7: a hub that is killed has in the store what it acknowledged, once', async (context) => {
  const { url } = await startServer(context);
  const folder = makeHubFolder();
  mkdirSync(join(folder, 'logs'));
  const run = makeRun();
  let acknowledged = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const hub = new HubProcess(folder, ['--port', '0', '--store', url]);
    const hubUrl = await hub.url();
    const key = keyIn(folder, 'ingest');
    const killSoon = (): void => {
      setTimeout(() => hub.child.kill('SIGKILL'), 20 + 15 * (kill % 8));
    };
    // In each other round not before something was acknowledged, however slow the machine is.
    if (kill % 2 === 1) killSoon();
    try {
      for (let sent = 0; ; sent++) {
        const events = Array.from({ length: BATCH }, (_, index) =>
          makeRecorded(acknowledged + index, { requestId: 'r' }),
        );
        const body = formatBatch({ run, account: ACCOUNT, events });
        const { inserted, duplicates } = await post(hubUrl, key, body);
        expect(inserted + duplicates).toBe(BATCH);
        acknowledged += BATCH;
        if (sent === 0 && kill % 2 === 0) killSoon();
      }
    } catch {
      await hub.ended;
    }
  }
  expect(acknowledged).toBeGreaterThan(0);
  const hub = await startTestHub({ store: { clickhouse: url } });
  const { items } = (await hub.get('/traces/r')).json;
  const sequences = items.map(({ sequence }: { sequence: number }) => sequence);
  expect(new Set(sequences).size).toBe(sequences.length);
  for (let sequence = 0; sequence < acknowledged; sequence++) {
    expect(sequences).toContain(sequence);
  }
});
