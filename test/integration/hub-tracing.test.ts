// Which requests a hub says are to be sent, and to whom it says so.
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { parseGateConfig } from '../../src/gate/gate-config.js';
import { formatBatch } from '../../src/wire/batch.js';
import { serverEvents } from '../../src/wire/server-events.js';
import { ACCOUNT } from '../support/account.js';
import { eventually } from '../support/eventually.js';
import { listening, peek } from '../support/gated.js';
import { KEYS, startTestHub, type TestHub } from '../support/hub.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';

const RUN = '0f8fad5b-d9cb-469f-a165-708677289501';

const config = async (hub: TestHub, headers: Record<string, string> = {}, params = '') =>
  hub.fetch(`/tracing/config${params}`, { key: KEYS.ingest, headers });
const post = (hub: TestHub, path: string, key = KEYS.read) =>
  hub.fetch(path, { method: 'POST', key });
const hotIn = async (hub: TestHub): Promise<string[]> =>
  parseGateConfig((await config(hub)).text).hot.map(({ id }) => id);

it('A2: /tracing/config is COLD at first, and 304 for who knows it', async () => {
  const hub = await startTestHub();
  const first = await config(hub);
  expect(first.json).toEqual({
    mode: 'adaptive',
    default_rate: 0,
    warm_rate: 0.1,
    hot_correlations: [],
    hot_since: [],
    warm_correlations: [],
    etag: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  const etag = first.headers.get('etag') as string;
  expect(etag).toBe(`"${first.json.etag}"`);
  const same = await config(hub, { 'if-none-match': etag });
  expect([same.status, same.text]).toEqual([304, '']);
  await post(hub, '/tracing/enable/a');
  const other = await config(hub, { 'if-none-match': etag });
  expect([other.status, other.json.hot_correlations]).toEqual([200, ['a']]);
});

it('A3: enable and disable say what a request was and is; status says why and for how long', async () => {
  const hub = await startTestHub({ hotSeconds: 60 });
  const enabled = await post(hub, '/tracing/enable/order%2F1');
  expect(enabled.json).toEqual({ id: 'order/1', previous_state: 'COLD', current_state: 'HOT' });
  expect((await post(hub, '/tracing/enable/order%2F1')).json.previous_state).toBe('HOT');
  const { json } = await hub.get('/tracing/status');
  expect(json).toMatchObject({ mode: 'adaptive', hot: 1, warm: 0, listeners: [] });
  expect(json.items).toEqual([
    {
      id: 'order/1',
      state: 'HOT',
      cause: 'enable',
      remaining_seconds: expect.closeTo(60, 0),
      answered: 0,
    },
  ]);
  expect((await post(hub, '/tracing/disable/order%2F1')).json).toEqual({
    id: 'order/1',
    previous_state: 'HOT',
    current_state: 'COLD',
  });
  expect(await hotIn(hub)).toEqual([]);
});

it.each<[string, string, number]>([
  ['/tracing/enable/a', KEYS.ingest, 403],
  ['/tracing/disable/a', KEYS.ingest, 403],
  ['/tracing/enable/a', 'a key that is not known', 401],
  [`/tracing/enable/${'x'.repeat(257)}`, KEYS.read, 400],
])('refuses %s with %s: %d', async (path, key, status) => {
  const hub = await startTestHub();
  expect((await post(hub, path, key)).status).toBe(status);
  expect(await hotIn(hub)).toEqual([]);
});

it('a key opens so many requests a minute, and is told when there are more', async () => {
  const hub = await startTestHub({ heatsPerMinute: 2 });
  await config(hub, {}, `?run=${RUN}&service=checkout`);
  expect((await post(hub, '/tracing/enable/a')).status).toBe(200);
  expect((await hub.get('/traces/b')).json.adaptive_hint.current_state).toBe('HOT');
  const refused = await post(hub, '/tracing/enable/c');
  expect([refused.status, refused.json.code]).toEqual([429, 'rate_limited']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
  const { adaptive_hint: hint, items } = (await hub.get('/traces/c')).json;
  expect(items).toEqual([]);
  expect(hint).toMatchObject({ previous_state: 'COLD', current_state: 'COLD' });
  expect(hint.message).toContain('too many requests');
  expect(hint.retry_after_seconds).toBeGreaterThan(50);
});

it('A4: looking at a request opens it, with a hint only when it was COLD and somebody listens', async () => {
  const hub = await startTestHub();
  expect((await hub.get('/traces/a')).json.adaptive_hint, 'nobody listens').toBeUndefined();
  expect(await hotIn(hub)).toEqual(['a']);
  await config(hub, {}, `?run=${RUN}&service=checkout`);
  const { json } = await hub.get('/traces/b');
  expect(json.adaptive_hint).toEqual({
    previous_state: 'COLD',
    current_state: 'HOT',
    message: expect.stringContaining('1 process is asked now'),
    retry_after_seconds: 45,
  });
  expect((await hub.get('/traces/b')).json.adaptive_hint).toBeUndefined();
  expect(json.account.missing).toEqual([{ run: RUN, service: 'checkout', reason: 'unanswered' }]);
  expect(json.complete).toBe('unknown');
});

it('A4: neither lists nor streams nor what a browser fetches ahead open anything', async () => {
  const hub = await startTestHub();
  await hub.send(
    makeRun(),
    makeEvents(3, () => ({ requestId: 'a' })),
  );
  await hub.get('/recent?request=a');
  await hub.get('/correlations');
  await peek(hub, 'a');
  await hub.fetch('/traces/a', { key: KEYS.read, headers: { purpose: 'prefetch' } });
  const stream = await openStream(hub, '/traces/a/stream', KEYS.read);
  stream.destroy();
  expect(await hotIn(hub)).toEqual([]);
});

it('with the gate off nothing is opened, and everybody is told', async () => {
  const hub = await startTestHub({ tracing: 'off' });
  expect((await config(hub)).json.mode).toBe('off');
  await config(hub, {}, `?run=${RUN}`);
  await hub.send(
    makeRun(),
    makeEvents(1, () => ({ requestId: 'a' })),
  );
  const { adaptive_hint: hint, complete } = (await hub.get('/traces/a')).json;
  expect([hint, complete], 'who listens sends everything').toEqual([undefined, 'yes']);
  expect(await hotIn(hub)).toEqual([]);
});

async function openStream(hub: TestHub, path: string, key: string): Promise<IncomingMessage> {
  const request = httpGet(new URL(path, hub.hub.url), {
    headers: { authorization: `Bearer ${key}` },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  onTestFinished(() => void response.destroy());
  expect(response.headers['content-type']).toBe('text/event-stream');
  return response;
}

it('A5: everybody who listens is told of a change within a second, and of the end', async () => {
  const hub = await startTestHub();
  const streams = await Promise.all(
    Array.from({ length: 50 }, () => openStream(hub, '/tracing/changes', KEYS.ingest)),
  );
  const heard = streams.map(async (stream) => {
    const etags: string[] = [];
    for await (const { event, data } of serverEvents(stream)) {
      expect(event).toBe('changed');
      etags.push(JSON.parse(data).etag);
      if (etags.length === 2) break;
    }
    return etags;
  });
  const before = (await config(hub)).json.etag;
  await post(hub, '/tracing/enable/a');
  const after = (await config(hub)).json.etag;
  for (const etags of await Promise.all(heard)) expect(etags).toEqual([before, after]);
  await eventually(async () => expect((await metrics(hub)).change_streams).toBe(0));
});

async function metrics(hub: TestHub): Promise<Record<string, number>> {
  const { text } = await hub.get('/metrics');
  return Object.fromEntries(
    [...text.matchAll(/^aegis_trace_hub_(\w+) (\d+)/gm)].map(([, name, value]) => [
      name as string,
      Number(value),
    ]),
  );
}

it('says in its metrics who is open and who listens', async () => {
  const hub = await startTestHub();
  await config(hub, {}, `?run=${RUN}`);
  await post(hub, '/tracing/enable/a');
  expect(await metrics(hub)).toMatchObject({
    hot_requests: 1,
    warm_requests: 0,
    gate_listeners: 1,
  });
  await listening(hub, 1);
});

it('an answer counts for the time of being hot that it names', async () => {
  const hub = await startTestHub();
  const run = makeRun({ service: 'checkout' });
  await config(hub, {}, `?run=${run.run}`);
  await post(hub, '/tracing/enable/a');
  const since = parseGateConfig((await config(hub)).text).hot[0]?.since as number;
  const answer = (of: number, missing = 0) =>
    formatBatch({
      run,
      account: { ...ACCOUNT, heldBack: 100, backlog: 7 },
      gate: {
        heats: [],
        backfills: [{ id: 'a', since: of, events: 1, missing, oldestWallNs: 5n }],
      },
      events: makeEvents(1, () => ({ requestId: 'a' })),
    });
  const judged = async () => {
    const { complete, account } = (await peek(hub, 'a')).json;
    return [complete, ...account.missing.map(({ reason }: { reason: string }) => reason)];
  };
  await hub.post(answer(since - 1));
  expect(await judged()).toEqual(['unknown', 'waiting', 'unanswered']);
  await hub.post(answer(since));
  expect(await judged()).toEqual(['yes']);
  await hub.post(answer(since, 3));
  expect(await judged()).toEqual(['unknown', 'overwritten']);
  await post(hub, '/tracing/disable/a');
  await post(hub, '/tracing/enable/a');
  expect(await judged()).toEqual(['unknown', 'waiting', 'unanswered']);
});

it('errors open requests in a budget of their own', async () => {
  const hub = await startTestHub({ heatsPerMinute: 1 });
  const heats = Array.from({ length: 30 }, (_, index) => `e${index}`);
  const body = formatBatch({
    run: makeRun(),
    account: ACCOUNT,
    gate: { heats, backfills: [] },
    events: [],
  });
  expect((await hub.post(body)).status).toBe(200);
  expect(await hotIn(hub)).toHaveLength(10);
  expect((await post(hub, '/tracing/enable/a')).status).toBe(200);
});

it('of runs that sent before the hub was started it does not know what they lost', async () => {
  const first = await startTestHub();
  const [gone, here] = [makeRun({ service: 'gone' }), makeRun({ service: 'here' })];
  await first.send(
    gone,
    makeEvents(1, () => ({ requestId: 'other' })),
  );
  await first.send(
    here,
    makeEvents(1, () => ({ requestId: 'a' })),
  );
  expect((await first.get('/traces/a')).json.complete).toBe('yes');
  await first.hub.close();
  const second = await startTestHub({ database: first.hub.database });
  await second.send(here, []);
  const { complete, account } = (await second.get('/traces/a')).json;
  expect([complete, account.missing]).toEqual([
    'unknown',
    [{ run: gone.run, service: 'gone', reason: 'unaccounted' }],
  ]);
  await second.send(gone, []);
  expect((await second.get('/traces/a')).json.complete).toBe('yes');
});
