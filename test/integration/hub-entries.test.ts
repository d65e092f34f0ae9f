import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatEventJson } from '../../src/event/json-event.js';
import { KEYS, makeHubFolder, startTestHub, type TestHub } from '../support/hub.js';
import { makeEvent } from '../support/write-export.js';

// What older clients send: A6 of the requirements.

const entry = (fields: object = {}) => ({
  correlation_id: 'req-1',
  source_id: 'worker-a',
  endpoint: '/infer',
  direction: 'in',
  timestamp: '2026-11-25T10:00:00Z',
  data: 'first',
  ...fields,
});

const post = async (hub: TestHub, body: unknown) => (await hub.post(JSON.stringify(body))).json;
const single = (hub: TestHub, body: string) =>
  hub.fetch('/ingest/single', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
    key: KEYS.ingest,
  });

it('A6: the first entry stays as it is; repeats of it are counted, with their last time', async () => {
  const hub = await startTestHub();
  const counts = { accepted: 1, inserted: 1, duplicates: 0, deduped: 0, rejected: [] };
  expect(await post(hub, entry())).toEqual(counts);
  const again = { ...counts, inserted: 0, deduped: 1 };
  expect(await post(hub, entry({ data: 'second', timestamp: '2026-11-25T11:00:00Z' }))).toEqual(
    again,
  );
  expect(await post(hub, entry({ data: 'late', timestamp: '2026-11-25T10:30:00Z' }))).toEqual(
    again,
  );
  const { items } = (await hub.get('/traces/req-1')).json;
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({
    event_type: 'trace',
    component: '/infer',
    request_id: 'req-1',
    attributes: { data: 'first', direction: 'in', source_id: 'worker-a', 'aegis.repeats': '2' },
  });
  const { attributes } = items[0];
  expect(attributes['aegis.last_wall_ns']).toBe(`${Date.parse('2026-11-25T11:00:00Z')}000000`);
  expect(Number(attributes['aegis.last_received_ns']) / 1e6).toBeGreaterThan(Date.now() - 60_000);
  const page = (await hub.get('/recent')).json;
  expect(page.items.map((item: { attributes: object }) => item.attributes)).toEqual([attributes]);
  expect((await hub.get('/metrics')).text).toContain('aegis_trace_hub_ingest_deduped_total 2');
  expect((await hub.get('/stats/sources')).json.items).toMatchObject([
    { service: 'worker-a', received: 3, inserted: 1, deduped: 2, duplicates: 0, rejected: 0 },
  ]);
});

it.each(['source_id', 'correlation_id', 'endpoint', 'direction'])(
  'another %s is another entry',
  async (name) => {
    const hub = await startTestHub();
    const answer = await post(hub, [
      entry(),
      entry({ [name]: 'other' }),
      entry({ [name]: undefined }),
    ]);
    const expected =
      name === 'correlation_id'
        ? { inserted: 2, rejected: [{ index: 2, code: 'invalid' }] }
        : { inserted: 3, rejected: [] };
    expect(answer).toMatchObject(expected);
  },
);

it('A6: an error is never folded, and does not vanish after an OK of the same name', async () => {
  const hub = await startTestHub();
  const failed = entry({ status: 'ERROR', data: 'out of memory' });
  const answer = await post(hub, { traces: [entry(), failed, failed, entry({ status: 'OK' })] });
  expect(answer).toMatchObject({ accepted: 4, inserted: 3, deduped: 1 });
  expect((await hub.get('/recent?status=ERR')).json.items).toHaveLength(2);
});

it('entries of many sources in one body: each is a source, a bad one is named, the rest is stored', async () => {
  const hub = await startTestHub();
  const answer = await post(hub, {
    entries: [
      entry(),
      7,
      entry({ source_id: 'worker-b' }),
      { endpoint: '/x' },
      entry({ source_id: 'worker-b' }),
    ],
  });
  expect(answer).toMatchObject({ accepted: 3, inserted: 2, deduped: 1 });
  expect(answer.rejected.map(({ index }: { index: number }) => index)).toEqual([1, 3]);
  const { items } = (await hub.get('/stats/sources')).json;
  expect(items.map(({ service }: { service: string }) => service).sort()).toEqual([
    'worker-a',
    'worker-b',
  ]);
});

it('is known again after a restart, in the same database', async () => {
  const database = join(makeHubFolder(), 'hub.db');
  const first = await startTestHub({ database });
  await post(first, entry());
  await first.hub.close();
  const second = await startTestHub({ database });
  expect(await post(second, entry())).toMatchObject({ inserted: 0, deduped: 1 });
});

it('what was purged begins anew', async () => {
  const hub = await startTestHub();
  await post(hub, entry());
  const cleanup = await hub.fetch('/cleanup', {
    method: 'POST',
    body: '{"hours":0}',
    headers: { 'content-type': 'application/json' },
    key: KEYS.admin,
  });
  expect(cleanup.json).toEqual({ removed: 1, is_done: true });
  expect(await post(hub, entry({ data: 'new' }))).toMatchObject({ inserted: 1, deduped: 0 });
  expect((await hub.get('/traces/req-1')).json.items[0].attributes.data).toBe('new');
});

it('/ingest/single takes one entry, or one event that no run has recorded', async () => {
  const hub = await startTestHub();
  expect((await single(hub, JSON.stringify(entry()))).json).toMatchObject({ inserted: 1 });
  const event = makeEvent({ timestampNs: 1_795_600_000_000_000_000n, requestId: 'req-2' });
  const text = formatEventJson(event);
  expect((await single(hub, text)).json).toMatchObject({ inserted: 1, duplicates: 0 });
  // Its id is what it is known by.
  expect((await single(hub, text)).json).toMatchObject({ inserted: 0, duplicates: 1, deduped: 0 });
  const { items } = (await hub.get('/traces/req-2')).json;
  expect(items).toMatchObject([{ event_id: event.eventId, lane: 0 }]);
  expect((await hub.get('/traces/req-2')).text).toContain('"wall_ns":1795600000000000000,');
  expect((await single(hub, '[]')).json).toMatchObject({ status: 400, code: 'invalid' });
  expect((await single(hub, `{"source_id":"",${text.slice(1)}`)).json.detail).toMatch(
    /source_id must be/,
  );
  expect(
    (await single(hub, text.replace('"severity":"Info"', '"severity":"x"'))).json,
  ).toMatchObject({
    accepted: 0,
    rejected: [
      { index: 0, code: 'invalid', message: expect.stringMatching(/severity must be one of/) },
    ],
  });
});

it('an older client may have its key in a header of its own', async () => {
  const hub = await startTestHub({ secretHeader: 'X-TraceHub-Secret' });
  const ingest = (headers: Record<string, string>) =>
    hub.fetch('/ingest', {
      method: 'POST',
      body: JSON.stringify(entry()),
      headers: { 'content-type': 'application/json', ...headers },
    });
  expect((await ingest({ 'x-tracehub-secret': KEYS.ingest })).json).toMatchObject({ inserted: 1 });
  expect((await ingest({ 'x-tracehub-secret': KEYS.read })).status).toBe(403);
  expect((await ingest({ 'x-tracehub-secret': 'no-such-key-at-all' })).status).toBe(401);
  expect((await ingest({ 'x-other-header': KEYS.ingest })).status).toBe(401);
});
