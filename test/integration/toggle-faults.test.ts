// What a process does while those who say whether its project is traced fail: it goes by what was said last, else it
// records; it waits for nothing, says so seldom, and is right again by itself. docs/toggle.md has the table.
import { expect, it, onTestFinished, type TestContext } from 'vitest';
import { eventually } from '../support/eventually.js';
import { KEYS, startTestHub, type TestHub } from '../support/hub.js';
import { TestRedis, type WireFault, WireProxy } from '../support/redis.js';

const { createToggle } = (await import(
  new URL('../../dist/gate/index.js', import.meta.url).href
)) as typeof import('../../src/gate/index.js');

type Toggle = Awaited<ReturnType<typeof createToggle>>;

const WARNING = 'AEGIS_TRACE_TOGGLE';

/** Messages of toggles in this test. */
function collectWarnings(): string[] {
  const said: string[] = [];
  const listen = (warning: Error & { code?: string }) => {
    if (warning.code === WARNING) said.push(warning.message);
  };
  process.on('warning', listen);
  onTestFinished(() => void process.off('warning', listen));
  return said;
}

async function switchTo(hub: TestHub, isOn: boolean): Promise<void> {
  const answer = await hub.fetch('/api/v1/projects/shop/tracing', {
    method: 'PATCH',
    key: KEYS.admin,
    body: JSON.stringify({ tracing_enabled: isOn }),
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(200);
}

async function createProject(hub: TestHub): Promise<void> {
  const answer = await hub.fetch('/api/v1/projects', {
    method: 'POST',
    key: KEYS.admin,
    body: '{"id":"shop"}',
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(200);
}

async function open(options: Parameters<typeof createToggle>[0]): Promise<Toggle> {
  const toggle = await createToggle({ projectId: 'shop', ...options });
  onTestFinished(() => toggle.close());
  return toggle;
}

const becomes = (toggle: Toggle, isOn: boolean): Promise<void> =>
  eventually(() => expect(toggle.isTracingEnabled()).toBe(isOn));

interface World {
  readonly redis: TestRedis;
  readonly hub: TestHub;
  readonly proxy: WireProxy;
  /** Knows Redis alone, through the proxy. */
  readonly toggle: Toggle;
  readonly said: string[];
}

/** A project that is off, and a process that knows it from Redis alone. */
async function offByRedis(context: TestContext, ...args: string[]): Promise<World> {
  const said = collectWarnings();
  const redis = await TestRedis.start(context, ...args);
  const hub = await startTestHub({ redis: redis.url });
  await createProject(hub);
  await switchTo(hub, false);
  const proxy = await WireProxy.open(() => redis.port);
  const toggle = await open({ redisUrl: `redis://127.0.0.1:${proxy.port}` });
  await becomes(toggle, false);
  return { redis, hub, proxy, toggle, said };
}

/** Redis fails, is well again, and a switch from then on is heard. */
async function expectHealed({ hub, toggle, said }: World): Promise<void> {
  expect(toggle.isTracingEnabled()).toBe(false);
  await switchTo(hub, true);
  await becomes(toggle, true);
  await eventually(() => expect(toggle.status().redisFailure).toBeUndefined());
  // One line a minute at most, and none of them is missing.
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/^tracing of shop is off, as was said last: Redis: /);
}

it('T4: where nobody answers at the start it records after 50 ms, and is right when somebody does', async (context) => {
  const said = collectWarnings();
  const redis = await TestRedis.prepare(context);
  const toggle = await open({ redisUrl: redis.url });
  expect(toggle.status()).toMatchObject({ isEnabled: true, version: undefined, source: undefined });
  await eventually(() => expect(said).toHaveLength(1));
  expect(said[0]).toMatch(/^tracing of shop is on, nobody has said yet: Redis: .*ECONNREFUSED/);
  await redis.start();
  const hub = await startTestHub({ redis: redis.url });
  await createProject(hub);
  await switchTo(hub, false);
  await becomes(toggle, false);
  expect(said).toHaveLength(1);
});

it('T4: Redis is killed and started again: what was said last holds, and what the hub says then', async (context) => {
  const world = await offByRedis(context);
  await world.redis.kill();
  await eventually(() => expect(world.toggle.status().redisFailure).toBeDefined());
  expect(world.toggle.isTracingEnabled()).toBe(false);
  await world.redis.start();
  await expectHealed(world);
});

it('T4: Redis is stopped and goes on', async (context) => {
  const world = await offByRedis(context);
  world.redis.signal('SIGSTOP');
  await eventually(() => expect(world.toggle.status().redisFailure).toMatch(/within 1000 ms/));
  world.redis.signal('SIGCONT');
  await expectHealed(world);
});

const FAULTS: readonly [WireFault, RegExp][] = [
  ['black_hole', /within 1000 ms/],
  ['late', /within 1000 ms/],
  ['garbage', /./],
  ['half_answers', /within 1000 ms/],
  ['cut', /./],
];

it.for(FAULTS)(
  'T4: Redis behind a network that does this to it: %s',
  async ([fault, failure], context) => {
    const world = await offByRedis(context);
    world.proxy.fault = fault;
    await eventually(() => expect(world.toggle.status().redisFailure).toMatch(failure));
    world.proxy.fault = 'none';
    await expectHealed(world);
  },
);

it('T4: connections that Redis ends are made again, and what was missed meanwhile is heard', async (context) => {
  const { redis, hub, toggle } = await offByRedis(context);
  for (const isOn of [true, false, true]) {
    await redis.send('CLIENT', 'KILL', 'TYPE', 'normal');
    await switchTo(hub, isOn);
    await becomes(toggle, isOn);
  }
});

it('T4: a wrong password, and the right one later', async (context) => {
  const said = collectWarnings();
  const redis = await TestRedis.start(context, '--requirepass', 'right');
  const hub = await startTestHub({ redis: `redis://:right@127.0.0.1:${redis.port}` });
  await createProject(hub);
  await switchTo(hub, false);
  const wrong = await open({ redisUrl: `redis://:wrong@127.0.0.1:${redis.port}` });
  await eventually(() => expect(wrong.status().redisFailure).toMatch(/WRONGPASS/));
  expect(wrong.isTracingEnabled()).toBe(true);
  expect(said.join()).not.toContain('wrong@');
  const right = await open({ redisUrl: `redis://:right@127.0.0.1:${redis.port}` });
  await becomes(right, false);
});

it('T4: a Redis that does not let it read, and later does', async (context) => {
  const world = await offByRedis(context);
  await world.redis.send('ACL', 'SETUSER', 'default', '-mget');
  await eventually(() => expect(world.toggle.status().redisFailure).toMatch(/NOPERM/));
  await world.redis.send('ACL', 'SETUSER', 'default', '+mget');
  await expectHealed(world);
});

it('T4: a hub says that its Redis takes nothing, and a process that asks the hub hears all the same', async (context) => {
  const redis = await TestRedis.start(context);
  const hub = await startTestHub({ redis: redis.url });
  await createProject(hub);
  await eventually(async () => expect(await redis.get('tracing:shop:enabled')).toBe('true'));
  const toggle = await open({ hubUrl: hub.hub.url, key: KEYS.ingest });
  await redis.send('ACL', 'SETUSER', 'default', '-eval');
  await switchTo(hub, false);
  await becomes(toggle, false);
  await eventually(() => expect(hub.notices.join()).toMatch(/Redis: NOPERM.*from the hub alone/));
  const answer = await hub.fetch('/api/v1/projects/shop/tracing', {
    method: 'PATCH',
    key: KEYS.admin,
    body: '{"tracing_enabled":true}',
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.json.message).toContain('Redis is not reached, and hears of it later');
});

it('T4: a replica takes the place of Redis, and says the same', async (context) => {
  const said = collectWarnings();
  const first = await TestRedis.start(context);
  const replica = await TestRedis.start(context, '--replicaof', '127.0.0.1', String(first.port));
  let port = first.port;
  const proxy = await WireProxy.open(() => port);
  const redis = `redis://127.0.0.1:${proxy.port}`;
  const hub = await startTestHub({ redis });
  await createProject(hub);
  await switchTo(hub, false);
  await eventually(async () => expect(await replica.get('tracing:shop:enabled')).toBe('false'));
  const toggle = await open({ redisUrl: redis });
  await becomes(toggle, false);
  await first.kill();
  await replica.send('REPLICAOF', 'NO', 'ONE');
  port = replica.port;
  proxy.fault = 'cut';
  await eventually(() => expect(toggle.status().redisFailure).toBeDefined());
  proxy.fault = 'none';
  await switchTo(hub, true);
  await becomes(toggle, true);
  expect(said).toHaveLength(1);
});

it('T4: what is missing in Redis, and what is nonsense, is asked of the hub', async (context) => {
  const said = collectWarnings();
  const redis = await TestRedis.start(context);
  const hub = await startTestHub({ redis: redis.url });
  await createProject(hub);
  const both = await open({ redisUrl: redis.url, hubUrl: hub.hub.url, key: KEYS.ingest });
  const alone = await open({ redisUrl: redis.url });
  await switchTo(hub, false);
  await Promise.all([becomes(both, false), becomes(alone, false)]);
  // Nobody may take what is not there for "on".
  await redis.send('FLUSHALL');
  await new Promise((resolve) => setTimeout(resolve, 2_500)); // a look at least
  expect([both.isTracingEnabled(), alone.isTracingEnabled()]).toEqual([false, false]);
  // Also what has expired while the hub is away.
  await hub.hub.close();
  await redis.send('SET', 'tracing:shop:enabled', 'perhaps');
  await eventually(() => expect(alone.status().redisFailure).toMatch(/neither true nor false/));
  expect([both.isTracingEnabled(), alone.isTracingEnabled()]).toEqual([false, false]);
  // An older version than what is known is none.
  await redis.send('MSET', 'tracing:shop:enabled', 'true', 'tracing:shop:version', '7');
  await eventually(() => expect(alone.status().redisFailure).toBeUndefined());
  expect([both.isTracingEnabled(), alone.isTracingEnabled()]).toEqual([false, false]);
  const later = await startTestHub({ redis: redis.url, database: hub.hub.database });
  await eventually(async () => expect(await redis.get('tracing:shop:enabled')).toBe('false'));
  await switchTo(later, true);
  await Promise.all([becomes(alone, true), becomes(both, true)]);
  expect(said.length).toBeLessThanOrEqual(2); // of each toggle one
});

it('T4: without Redis, a hub that is away or does not answer leaves what was said last', async () => {
  const said = collectWarnings();
  const hub = await startTestHub();
  const { port } = hub.hub;
  await createProject(hub);
  await switchTo(hub, false);
  const proxy = await WireProxy.open(() => port);
  const toggle = await open({ hubUrl: `http://127.0.0.1:${proxy.port}`, key: KEYS.ingest });
  await becomes(toggle, false);
  proxy.fault = 'cut';
  await eventually(() => expect(toggle.status().hubFailure).toBeDefined());
  expect(toggle.isTracingEnabled()).toBe(false);
  proxy.fault = 'none';
  await switchTo(hub, true);
  await becomes(toggle, true);
  await hub.hub.close();
  await eventually(() => expect(toggle.status().hubFailure).toBeDefined());
  expect(toggle.isTracingEnabled()).toBe(true);
  const again = await startTestHub({ port, database: hub.hub.database });
  await switchTo(again, false);
  await becomes(toggle, false);
  expect(said).toHaveLength(1);
  const wrong = await open({ hubUrl: again.hub.url, key: 'a-key-that-is-not-known' });
  await eventually(() => expect(wrong.status().hubFailure).toMatch(/answers 401/));
  expect(wrong.isTracingEnabled()).toBe(true);
});

it('T4: a project that there is not is traced, and the toggle hears when it is made', async () => {
  const hub = await startTestHub();
  const toggle = await open({ hubUrl: hub.hub.url, key: KEYS.ingest });
  await eventually(() => expect(toggle.status().hubFailure).toMatch(/answers 404/));
  expect(toggle.isTracingEnabled()).toBe(true);
  await createProject(hub);
  await switchTo(hub, false);
  await becomes(toggle, false);
});

it('T4: what cannot be is said at once, without a password', async () => {
  const refused = async (options: object): Promise<string> =>
    open(options).then(
      () => 'taken',
      (error: Error) => error.message,
    );
  expect(await refused({})).toMatch(/redisUrl or hubUrl/);
  expect(await refused({ redisUrl: 'http://user:secret@x' })).toMatch(/begins with redis:\/\//);
  expect(await refused({ redisUrl: 'http://user:secret@x' })).not.toContain('secret');
  expect(await refused({ hubUrl: 'nowhere' })).toMatch(/an http or https URL/);
  expect(await refused({ projectId: 'a b', hubUrl: 'http://127.0.0.1:1' })).toMatch(/projectId/);
  expect(await refused({ hubUrl: 'http://hub.example' })).toMatch(/a key of the hub/);
});
