// Projects that are switched off while their processes run: the hub, Redis, and what a process does.
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import type { Project } from '../../src/store/project-store.js';
import { runCli } from '../support/capture-io.js';
import { DIST_URL, runModule } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { type Answer, KEYS, makeHubFolder, startTestHub, type TestHub } from '../support/hub.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';
import { TestRedis } from '../support/redis.js';

const { TraceCollector } = (await import(DIST_URL)) as typeof import('../../src/index.js');
const { createToggle } = (await import(
  new URL('gate/index.js', DIST_URL).href
)) as typeof import('../../src/gate/index.js');
const { monitor } = (await import(
  new URL('monitor/index.js', DIST_URL).href
)) as typeof import('../../src/monitor/index.js');
const { startPipeline } = (await import(
  new URL('pipeline/index.js', DIST_URL).href
)) as typeof import('../../src/pipeline/index.js');

type ToggleOptions = import('../../src/gate/index.js').ToggleOptions;

const EVENT = { eventType: 'scheduling_decision', component: 'Scheduler' } as const;

function ask(hub: TestHub, method: string, path: string, body?: object): Promise<Answer> {
  return hub.fetch(path, {
    method,
    key: KEYS.admin,
    ...(body && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
}

const create = (hub: TestHub, id = 'shop'): Promise<Answer> =>
  ask(hub, 'POST', '/api/v1/projects', { id });
const switchTo = (hub: TestHub, isOn: boolean, id = 'shop'): Promise<Answer> =>
  ask(hub, 'PATCH', `/api/v1/projects/${id}/tracing`, { tracing_enabled: isOn });

async function toggleOf(hub: TestHub | undefined, more: ToggleOptions = {}) {
  const toggle = await createToggle({
    projectId: 'shop',
    ...(hub && { hubUrl: hub.hub.url, key: KEYS.ingest }),
    ...more,
  });
  onTestFinished(() => toggle.close());
  return toggle;
}

it('T1: a project is made, switched and kept, and each switch is an event', async () => {
  const database = join(makeHubFolder(), 'hub.db');
  const hub = await startTestHub({ database });
  expect((await hub.get('/api/v1/projects')).json).toEqual({ items: [] });
  const made = await ask(hub, 'POST', '/api/v1/projects', { id: 'shop', name: 'The shop' });
  expect(made.json).toMatchObject({ id: 'shop', name: 'The shop', tracing_enabled: true });
  expect((await create(hub)).json).toMatchObject({ status: 409, code: 'conflict' });
  expect((await switchTo(hub, false)).json).toEqual({
    status: 'ok',
    tracing_enabled: false,
    message: 'tracing of shop is off: 0 processes are told',
  });
  expect((await switchTo(hub, false)).status, 'again').toBe(200);
  expect((await switchTo(hub, true, 'other')).json).toMatchObject({
    code: 'not_found',
    detail: 'there is no project other',
  });
  for (const body of [{}, { tracing_enabled: 'no' }, { tracing_enabled: true, more: 1 }]) {
    const refused = await ask(hub, 'PATCH', '/api/v1/projects/shop/tracing', body);
    expect(refused.status, JSON.stringify(body)).toBe(400);
  }
  for (const id of ['', '../x', 'a b', 'x'.repeat(101)]) {
    expect((await create(hub, id)).status, id).toBe(400);
  }
  const patched = await hub.fetch('/api/v1/projects/shop/tracing', {
    method: 'PATCH',
    key: KEYS.read,
    body: '{"tracing_enabled":true}',
    headers: { 'content-type': 'application/json' },
  });
  expect(patched.status).toBe(403);

  const { items } = (await hub.get('/recent?component=aegis.projects&order=oldest')).json;
  expect(items.map((item: { rationale: string }) => item.rationale)).toEqual([
    'tracing of shop: on → off',
    'tracing of shop: off → off',
  ]);
  expect(items[0].attributes).toEqual({
    project: 'shop',
    from: 'on',
    to: 'off',
    by: expect.stringMatching(/^key [0-9a-f]{8}$/),
  });
  await hub.hub.close();
  const again = await startTestHub({ database });
  expect((await again.get('/api/v1/projects/shop')).json).toMatchObject({
    tracing_enabled: false,
    name: 'The shop',
  });
});

it('T2: while it is off nothing is recorded, nor looked at; what was recorded before stays', async () => {
  const hub = await startTestHub();
  await create(hub);
  const toggle = await toggleOf(hub);
  const collector = new TraceCollector({ toggle });
  onTestFinished(() => collector.close());
  let looks = 0;
  const watched = {
    ...EVENT,
    get rationale() {
      looks++;
      return 'before';
    },
  };
  const serializer = () => `look ${++looks}`;
  const add = monitor({ collector, serializer, capture: { result: false } })(
    (number: number) => number + 1,
  );
  collector.record(watched);
  expect(add(1)).toBe(2);
  expect([collector.size, looks]).toEqual([2, 2]);

  await switchTo(hub, false);
  await eventually(() => expect(toggle.isTracingEnabled()).toBe(false));
  expect(collector.isRecording).toBe(false);
  collector.record(watched);
  collector.recordNow('', ''); // would be refused, and counted
  expect(add(2)).toBe(3);
  await expect(
    monitor({ collector })(async () => Promise.reject(new Error('of the work')))(),
  ).rejects.toThrow('of the work');
  expect(collector.stats()).toMatchObject({ recorded: 2, rejected: 0 });
  expect(looks).toBe(2);
  expect(collector.query().map(({ rationale }) => rationale)).toContain('before');
  // Another thread sees the same word.
  const recorded = await new Promise((resolve, reject) => {
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       import(workerData.dist).then(({ TraceCollector }) => {
         const collector = TraceCollector.attach(workerData.handle);
         collector.recordNow('of a thread', 'worker');
         parentPort.postMessage([collector.isRecording, collector.stats().recorded]);
       });`,
      { eval: true, workerData: { dist: DIST_URL, handle: collector.share() } },
    );
    worker.once('message', resolve).once('error', reject);
  });
  expect(recorded).toEqual([false, 2]);

  await switchTo(hub, true);
  await eventually(() => expect(collector.isRecording).toBe(true));
  collector.record({ ...EVENT, rationale: 'after' });
  expect(collector.stats().recorded).toBe(3);
  expect((await hub.get('/api/v1/projects/shop')).json.processes).toMatchObject({
    listening: 1,
    current: 1,
  });
});

it('T2: a pipeline with a toggle records nothing of a project that is off', async () => {
  const hub = await startTestHub();
  await create(hub);
  await switchTo(hub, false);
  const collector = new TraceCollector();
  const pipeline = await startPipeline({
    collector,
    service: 'checkout',
    project: 'shop',
    sink: { hub: { url: hub.hub.url, key: KEYS.ingest, toggle: true } },
  });
  onTestFinished(async () => {
    await pipeline.close();
    collector.close();
  });
  await eventually(() => expect(collector.isRecording).toBe(false));
  collector.record(EVENT);
  await switchTo(hub, true);
  await eventually(() => expect(collector.isRecording).toBe(true));
  collector.record(EVENT);
  await pipeline.flush();
  expect((await hub.get('/recent?component=Scheduler')).json.count).toBe(1);
  const { processes } = (await hub.get('/api/v1/projects/shop')).json;
  const run = (await hub.get('/stats/sources')).json.items.find(
    ({ service }: { service?: string }) => service === 'checkout',
  ).run;
  expect(processes.items).toEqual([{ run, service: 'checkout', is_current: true }]);
  await expect(
    startPipeline({
      collector,
      sink: { hub: { url: hub.hub.url, key: KEYS.ingest, toggle: true } },
    }),
  ).rejects.toThrow('project must be with sink.hub.toggle');
});

it('T2: with register and a variable, collectors of a program that knows of nothing follow', async () => {
  const hub = await startTestHub();
  await create(hub);
  await switchTo(hub, false);
  const { stdout, code, stderr } = await runModule(
    `const { TraceCollector } = await import(process.argv[1]);
     const early = new TraceCollector();
     while (early.isRecording) await new Promise((resolve) => setTimeout(resolve, 20));
     const late = new TraceCollector();
     early.recordNow('a', 'b');
     console.log(late.isRecording, early.size);`,
    {
      args: [DIST_URL],
      flags: ['--import', new URL('context/register.js', DIST_URL).href],
      env: {
        AEGIS_TRACE_TOGGLE: 'on',
        AEGIS_PROJECT: 'shop',
        AEGIS_HUB_URL: hub.hub.url,
        AEGIS_HUB_KEY: KEYS.ingest,
      },
    },
  );
  expect([code, stdout], stderr).toEqual([0, 'false 0\n']);
});

it('T2: what older clients and OpenTelemetry send of a project that is off is counted, not stored', async () => {
  const keys = [
    { key: KEYS.ingest, scopes: ['ingest'] as const, project: 'shop' },
    { key: KEYS.read, scopes: ['read'] as const },
    { key: KEYS.admin, scopes: ['admin'] as const },
  ];
  const hub = await startTestHub({ keys });
  await create(hub);
  const entry = { correlation_id: 'c', source_id: 's', endpoint: '/', direction: 'in' };
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    name: 'GET /',
    startTimeUnixNano: '1785507825200000000',
    endTimeUnixNano: '1785507825300000000',
  };
  const spans = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span, span] }] }] });
  const sendAll = async () => {
    const entries = await hub.post(JSON.stringify([entry, { ...entry, correlation_id: 'd' }]));
    const headers = { 'content-type': 'application/json' };
    const otlp = { method: 'POST', key: KEYS.ingest, body: spans, headers };
    return [entries, await hub.fetch('/v1/traces', otlp)] as const;
  };
  await switchTo(hub, false);
  const [entries, traces] = await sendAll();
  expect(entries.json).toEqual({
    accepted: 2,
    inserted: 0,
    duplicates: 0,
    deduped: 0,
    rejected: [],
    suppressed: 2,
  });
  expect([traces.status, traces.text]).toEqual([200, '{}']);
  expect((await hub.get('/recent?type=trace')).json.count).toBe(0);
  expect((await hub.get('/recent?type=span')).json.count).toBe(0);
  expect((await hub.get('/api/v1/projects/shop')).json.suppressed).toBe(4);
  expect((await hub.get('/metrics')).text).toContain(
    '\naegis_trace_hub_events_suppressed_total 4\n',
  );
  // What a collector of ours has recorded, it has recorded while the project was on.
  expect((await hub.send(makeRun({ project: 'shop' }), makeEvents(3))).json.inserted).toBe(3);

  await switchTo(hub, true);
  const [stored] = await sendAll();
  expect(stored.json.inserted).toBe(2);
  expect((await hub.get('/recent?type=span')).json.count).toBe(1);
});

it('T3: Redis has the state with its version, for 300 s, and a process that asks it alone hears of changes', async (context) => {
  const redis = await TestRedis.start(context);
  const hub = await startTestHub({ redis: redis.url });
  const { json } = await create(hub);
  await eventually(async () => expect(await redis.get('tracing:shop:enabled')).toBe('true'));
  expect(await redis.get('tracing:shop:version')).toBe(String(json.version));
  const ttl = Number(/:(\d+)/.exec(await redis.send('TTL', 'tracing:shop:enabled'))?.[1]);
  expect(ttl).toBeGreaterThan(250);
  expect(ttl).toBeLessThanOrEqual(300);
  const toggle = await toggleOf(undefined, { redisUrl: redis.url });
  await eventually(() =>
    expect(toggle.status()).toMatchObject({ isEnabled: true, source: 'redis' }),
  );
  const told: boolean[] = [];
  const end = toggle.onChange((isEnabled) => told.push(isEnabled));
  for (const isOn of [false, true, false]) {
    await switchTo(hub, isOn);
    await eventually(() => expect(toggle.isTracingEnabled()).toBe(isOn));
  }
  expect(told).toEqual([false, true, false]);
  end();
  await switchTo(hub, true);
  await eventually(() => expect(toggle.isTracingEnabled()).toBe(true));
  expect(told).toHaveLength(3);
  // A hub that comes later writes what Redis has lost.
  await redis.send('FLUSHALL');
  await hub.hub.close();
  const later = await startTestHub({ redis: redis.url, database: hub.hub.database });
  await eventually(async () => expect(await redis.get('tracing:shop:enabled')).toBe('true'));
  expect((await later.get('/api/v1/projects/shop')).json.tracing_enabled).toBe(true);
});

it('T3: of two hubs that switch at the same moments the newest switch holds everywhere', async (context) => {
  const rounds = process.env.AEGIS_STRESS === '1' ? 1_000 : 60;
  const redis = await TestRedis.start(context);
  const database = join(makeHubFolder(), 'hub.db');
  const hubs = [
    await startTestHub({ database, redis: redis.url }),
    await startTestHub({ database, redis: redis.url }),
  ] as const;
  await create(hubs[0]);
  const stateAt = async (
    hub: TestHub,
  ): Promise<Pick<Project, 'version'> & Record<string, unknown>> =>
    (await hub.get('/api/v1/projects/shop')).json;
  await eventually(async () => expect((await stateAt(hubs[1])).id).toBe('shop'));
  const toggles = [
    await toggleOf(hubs[0]),
    await toggleOf(hubs[1], { redisUrl: redis.url }),
    await toggleOf(undefined, { redisUrl: redis.url }),
  ];
  for (let round = 0; round < rounds; round++) {
    const statuses = await Promise.all(
      hubs.map(async (hub, index) => (await switchTo(hub, (round + index) % 2 === 0)).status),
    );
    expect(statuses).toEqual([200, 200]);
  }
  const { items } = (await hubs[0].get('/recent?component=aegis.projects&limit=1')).json;
  await eventually(async () => {
    const [one, other] = [await stateAt(hubs[0]), await stateAt(hubs[1])];
    expect(one.version).toBe(other.version);
    const isOn = one.tracing_enabled as boolean;
    expect(other.tracing_enabled).toBe(isOn);
    expect(await redis.get('tracing:shop:enabled')).toBe(String(isOn));
    expect(await redis.get('tracing:shop:version')).toBe(String(one.version));
    expect(toggles.map((toggle) => toggle.isTracingEnabled())).toEqual([isOn, isOn, isOn]);
  });
  expect(items).toHaveLength(1);
  const { count } = (await hubs[1].get('/recent?component=aegis.projects&limit=1')).json;
  expect(count).toBe(2 * rounds);
});

it('T1: the command lists, makes and switches projects', async () => {
  const hub = await startTestHub();
  const run = (...args: string[]) =>
    runCli(['projects', ...args, '--hub', hub.hub.url], { env: { AEGIS_HUB_KEY: KEYS.admin } });
  const list = () =>
    runCli(['projects', 'list', '--hub', hub.hub.url], { env: { AEGIS_HUB_KEY: KEYS.read } });
  expect((await list()).stderr).toContain('there is no project: aegis-trace projects create ID');
  expect(await run('create', 'shop', '--name', 'The shop')).toMatchObject({
    exit: 0,
    stdout: 'shop is made, and traced\n',
  });
  expect((await run('disable', 'shop')).stdout).toBe(
    'tracing of shop is off: 0 processes are told\n',
  );
  const { stdout } = await list();
  expect(stdout).toMatch(/PROJECT +NAME +TRACING +PROCESSES TOLD +NOT STORED +CHANGED/);
  expect(stdout).toMatch(/shop +The shop +off +0 of 0 +0 +\d{4}-/);
  expect(JSON.parse((await run('enable', 'shop', '--json')).stdout)).toMatchObject({
    tracing_enabled: true,
  });
  const unknown = await run('disable', 'shap');
  expect(unknown).toMatchObject({ exit: 2, stdout: '' });
  expect(unknown.stderr).toContain('there is no project shap');
});
