// Two hubs with one ClickHouse and one Redis: any of them answers for both.
import { expect, it, type TestContext } from 'vitest';
import { initStore } from '../../src/store/clickhouse/schema.js';
import { alertIn, ERRORS, errors, rulesOf, writeRules } from '../support/alert-rules.js';
import { TestClickHouse } from '../support/clickhouse.js';
import { requireProgram } from '../support/debian-server.js';
import { eventually } from '../support/eventually.js';
import { KEYS, startTestHub, type TestHub } from '../support/hub.js';
import { Listener } from '../support/hub-listener.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';
import { TestRedis } from '../support/redis.js';

async function startHubs(
  context: TestContext,
  options: { alerts?: string } = {},
): Promise<{ one: TestHub; other: TestHub; redis: TestRedis }> {
  requireProgram(context, 'clickhouse-server', 'clickhouse-server');
  const server = await TestClickHouse.start();
  const redis = await TestRedis.start(context);
  const url = server.urlOf('traces');
  await initStore(url);
  const both = { ...options, store: { clickhouse: url }, redis: redis.url };
  const [one, other] = [await startTestHub(both), await startTestHub(both)];
  for (const hub of [one, other]) await isReady(hub, 'up');
  return { one, other, redis };
}

const isReady = (hub: TestHub, redis: 'up' | 'down') =>
  eventually(async () => {
    const { json, headers } = await hub.get('/ready');
    expect(json).toEqual({ status: 'ready', redis });
    expect(headers.get('x-aegis-alone')).toBe(redis === 'up' ? null : 'redis');
  });

const admin = (hub: TestHub, path: string, method: string, body: object) =>
  hub.fetch(path, {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    key: KEYS.admin,
  });

it('what one stores the other one streams, and either resumes a stream of the other', async (context) => {
  const { one, other } = await startHubs(context);
  const run = makeRun();
  const first = await Listener.open(other, '/recent/stream');
  for (let at = 0; at < 40; at += 10) {
    const events = Array.from({ length: 10 }, (_, index) => makeRecorded(at + index));
    await (at % 20 === 0 ? one : other).send(run, events);
  }
  await first.has(40);
  const sequences = Array.from({ length: 40 }, (_, index) => index);
  expect(first.sequences()).toEqual(sequences);
  expect(first.events.some(({ event }) => event === 'gap')).toBe(false);
  // From the middle, where the other hub has it.
  const place = first.events.filter(({ event }) => event === 'message')[24]?.id;
  const second = await Listener.open(one, '/recent/stream', place);
  await second.has(15);
  expect(second.sequences()).toEqual(sequences.slice(25));
});

it('what is made HOT, or COLD, by one is so by the other', async (context) => {
  const { one, other, redis } = await startHubs(context);
  const stateIn = async (hub: TestHub, id: string) => {
    const { json } = await hub.get('/tracing/status');
    return json.items.find((item: { id: string }) => item.id === id);
  };
  await one.fetch('/tracing/enable/r-1', { method: 'POST', key: KEYS.read });
  await eventually(async () => expect(await stateIn(other, 'r-1')).toMatchObject({ state: 'HOT' }));
  expect((await stateIn(other, 'r-1')).since).toBe((await stateIn(one, 'r-1')).since);
  await other.fetch('/tracing/disable/r-1', { method: 'POST', key: KEYS.read });
  await eventually(async () => expect(await stateIn(one, 'r-1')).toBeUndefined());

  // What each has learnt alone both know when Redis is there again.
  await redis.kill();
  await isReady(one, 'down');
  await isReady(other, 'down');
  await one.fetch('/tracing/enable/r-2', { method: 'POST', key: KEYS.read });
  await other.fetch('/tracing/enable/r-3', { method: 'POST', key: KEYS.read });
  await redis.start();
  for (const hub of [one, other]) {
    await isReady(hub, 'up');
    await eventually(async () => {
      for (const id of ['r-2', 'r-3'])
        expect(await stateIn(hub, id)).toMatchObject({ state: 'HOT' });
    });
  }
});

it('projects are changed through any, and not at all while Redis is away', async (context) => {
  const { one, other, redis } = await startHubs(context);
  await admin(one, '/api/v1/projects', 'POST', { id: 'shop' });
  const stateIn = async (hub: TestHub) =>
    (await hub.get('/api/v1/projects/shop')).json?.tracing_enabled as boolean | undefined;
  await eventually(async () => expect(await stateIn(other)).toBe(true));
  // At the same moment: one of them is last, for both.
  await Promise.all(
    [one, other].map((hub, index) =>
      admin(hub, '/api/v1/projects/shop/tracing', 'PATCH', { tracing_enabled: index === 0 }),
    ),
  );
  await admin(other, '/api/v1/projects/shop/tracing', 'PATCH', { tracing_enabled: false });
  await eventually(async () =>
    expect([await stateIn(one), await stateIn(other)]).toEqual([false, false]),
  );
  await redis.kill();
  await isReady(one, 'down');
  const refused = await admin(one, '/api/v1/projects/shop/tracing', 'PATCH', {
    tracing_enabled: true,
  });
  expect(refused.status).toBe(503);
  expect(refused.json.detail).toContain('Redis');
  expect(await stateIn(one)).toBe(false);
});

it('without Redis each goes on alone, and a stream says that something is missing', async (context) => {
  const { one, other, redis } = await startHubs(context);
  const listener = await Listener.open(one, '/recent/stream');
  const run = makeRun();
  await one.send(run, makeEvents(1));
  await listener.has(1);
  await redis.kill();
  await isReady(one, 'down');
  await eventually(() => expect(listener.events.some(({ event }) => event === 'gap')).toBe(true));
  await one.send(run, [makeRecorded(1)]);
  await listener.has(2);
  await other.send(run, [makeRecorded(2)]);
  await redis.start();
  await isReady(one, 'up');
  await isReady(other, 'up');
  // One for each time that the order was another one.
  await eventually(() =>
    expect(listener.events.filter(({ event }) => event === 'gap')).toHaveLength(2),
  );
  await other.send(run, [makeRecorded(3)]);
  await eventually(() => expect(listener.sequences().at(-1)).toBe(3));
  // What streams miss the store has.
  expect((await one.get('/recent')).json.items).toHaveLength(4);
});

it('one looks at the rules, the other one shows what it sees, and goes on when it ends', async (context) => {
  const sql = ERRORS.replace("datetime('now', '-5 minutes')", 'now() - 300');
  const file = writeRules(rulesOf('', sql.replace('severity', 'action = ["event"]\nseverity')));
  const { one, other } = await startHubs(context, { alerts: file });
  await one.post(errors(3));
  for (const hub of [one, other]) {
    await eventually(async () =>
      expect(await alertIn(hub, 'errors')).toMatchObject({ phase: 'firing' }),
    );
  }
  // Whoever silences it looks at it; the one before shows it.
  const silence = await other.fetch('/alerts/errors/silence', {
    method: 'POST',
    body: JSON.stringify({ seconds: 60 }),
    headers: { 'content-type': 'application/json' },
    key: KEYS.admin,
  });
  expect(silence.status).toBe(200);
  await eventually(async () =>
    expect(await alertIn(one, 'errors')).toMatchObject({ state: 'silenced' }),
  );
  await other.hub.close();
  await eventually(async () =>
    expect(await alertIn(one, 'errors')).toMatchObject({ state: 'silenced', phase: 'firing' }),
  );
  const { json } = await one.get('/recent?component=aegis.alerts');
  // One, and one for each request that it is about.
  const about = json.items.map((item: { request_id: string }) => item.request_id).sort();
  expect(about).toEqual(['', 'r-0', 'r-1', 'r-2']);
});

it('a batch without an answer waits until no hub can have it any more, and is there once', async (context) => {
  const { one, other } = await startHubs(context);
  const run = makeRun();
  const events = makeEvents(10);
  expect((await one.send(run, events)).json).toMatchObject({ inserted: 10 });
  expect((await other.send(run, [makeRecorded(10)])).json).toMatchObject({ inserted: 1 });
  // The other one knows the run: only what is said of the batch makes it look.
  expect((await one.send(run, [makeRecorded(11)])).json).toMatchObject({ inserted: 1 });
  expect((await other.send(run, [makeRecorded(11)])).json).toMatchObject({ duplicates: 1 });
  const soon = await other.post('{}', { 'x-aegis-unanswered-ms': '100' });
  expect(soon.status).toBe(503);
  expect(Number(soon.headers.get('retry-after'))).toBeGreaterThan(9);
  expect((await one.get('/stats')).json).toMatchObject({ events: 12 });
});
