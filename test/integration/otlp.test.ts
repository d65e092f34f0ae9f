// OTLP over HTTP: what is answered, and what becomes of spans beside events of ours. Its clients are in otlp-clients.test.ts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bytesField, varintField } from '../../src/hub/otlp/protobuf-wire.js';
import { type Body, KEYS, startTestHub, type TestHub } from '../support/hub.js';
import { makeEvents, makeRun } from '../support/recorded-events.js';

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';
const TRACE = '5b8efff798038103d269b633813fc60c';

const span = (fields: object = {}) => ({
  traceId: TRACE,
  spanId: 'eee19b7ec3c1b174',
  name: 'GET /orders',
  startTimeUnixNano: '1544712660000000001',
  endTimeUnixNano: '1544712660000000009',
  ...fields,
});
const tracesOf = (spans: readonly object[], service = 'shop'): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [{ spans }],
      },
    ],
  });

const send = (
  hub: TestHub,
  body: Body,
  { type = JSON_TYPE, path = '/v1/traces', key = KEYS.ingest as string | null, ...headers } = {},
) =>
  hub.fetch(path, {
    method: 'POST',
    body,
    headers: { 'content-type': type, ...headers },
    key: key ?? undefined,
  });

it('H7: what it takes is answered in the encoding of the request', async () => {
  const hub = await startTestHub();
  const json = await send(hub, tracesOf([span()]));
  expect([json.status, json.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining(JSON_TYPE),
  ]);
  expect(json.json).toEqual({});
  for (const path of ['/v1/traces', '/v1/logs', '/api/public/otel/v1/traces']) {
    const empty = await send(hub, '', { type: PROTOBUF_TYPE, path });
    expect([empty.status, empty.text, empty.headers.get('content-type')]).toEqual([
      200,
      '',
      PROTOBUF_TYPE,
    ]);
    expect((await send(hub, '{}', { path })).json).toEqual({});
  }
  const mixed = JSON.stringify({
    ...JSON.parse(tracesOf([span(), span({ traceId: 'x' })])),
    more: [1],
  });
  expect((await send(hub, mixed)).json).toEqual({
    partialSuccess: {
      rejectedSpans: '1',
      errorMessage: expect.stringMatching(/trace id of 16 bytes/),
    },
  });
  // resource_spans { scope_spans { spans { } } }
  const wrong = bytesField(1, bytesField(2, bytesField(2, '')));
  const { status, text } = await send(hub, new Uint8Array(wrong), { type: PROTOBUF_TYPE });
  const message = 'a span has a trace id of 16 bytes, not all of them 0';
  const partial = Buffer.concat([varintField(1, 1), bytesField(2, message)]);
  expect([status, text]).toEqual([200, bytesField(1, partial).toString()]);
  expect((await hub.get('/stats')).json.events).toBe(1);
});

it('H7: a problem is a google.rpc.Status, and only 429 and 503 are worth another attempt', async () => {
  const hub = await startTestHub();
  const cases: [Body, Parameters<typeof send>[2], number, number][] = [
    ['{', {}, 400, 3],
    ['[]', {}, 400, 3],
    ['{"resourceSpans":[5]}', {}, 400, 3],
    ['x', { type: PROTOBUF_TYPE }, 400, 3],
    ['no gzip', { 'content-encoding': 'gzip' } as object, 400, 3],
    ['x', { 'content-encoding': 'br' } as object, 415, 3],
    ['x', { type: 'text/plain' }, 415, 3],
    ['{}', { key: null }, 401, 16],
    ['{}', { key: 'a-key-that-nobody-has' }, 401, 16],
    ['{}', { key: KEYS.read }, 403, 7],
  ];
  for (const [body, how, expected, code] of cases) {
    const { status, headers, json, text } = await send(hub, body, how);
    expect([status, String(body)]).toEqual([expected, String(body)]);
    if (how?.type === PROTOBUF_TYPE) {
      expect(headers.get('content-type')).toBe(PROTOBUF_TYPE);
      expect(text.startsWith(varintField(1, code).toString())).toBe(true);
    } else expect(json).toEqual({ code, message: expect.any(String) });
  }
});

it('H7: 64 MiB after inflation are the most, in one piece or in many', async () => {
  const hub = await startTestHub();
  const { run } = makeRun();
  // Of a field that is not known, so that it is read and skipped.
  const bodyOf = (bytes: number): Buffer => {
    const content = Buffer.alloc(bytes, run);
    for (let at = 0; at < bytes; at += 64) content.writeDoubleLE(Math.sin(at), at);
    return bytesField(100, content);
  };
  const gzipped = { type: PROTOBUF_TYPE, 'content-encoding': 'gzip' } as object;
  const large = bodyOf(64 * 2 ** 20 - 64);
  expect((await send(hub, new Uint8Array(gzipSync(large, { level: 1 })), gzipped)).status).toBe(
    200,
  );
  const over = gzipSync(bodyOf(64 * 2 ** 20), { level: 1 });
  expect((await send(hub, new Uint8Array(over), gzipped)).status).toBe(413);
  const bomb = gzipSync(Buffer.alloc(32 * 2 ** 20));
  expect((await send(hub, new Uint8Array(bomb), gzipped)).status).toBe(413);
  // In pieces, whose number nobody is told beforehand. The answer comes while they are sent, and nobody reads the rest.
  const status = await new Promise((resolve) => {
    const headers = { 'content-type': PROTOBUF_TYPE, authorization: `Bearer ${KEYS.ingest}` };
    const url = new URL('/v1/traces', hub.hub.url);
    const sent = request(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
    const piece = Buffer.alloc(2 ** 20);
    const more = (left: number): void => {
      if (left === 0) sent.end();
      else sent.write(piece, () => more(left - 1));
    };
    more(65);
  });
  expect([413, 'EPIPE', 'ECONNRESET']).toContain(status);
  expect((await hub.get('/stats')).json.events).toBe(0);
});

it('H7: what is sent again changes nothing, in whichever encoding, by whichever path', async () => {
  const hub = await startTestHub();
  const body = tracesOf([
    span({ events: [{ name: 'cache miss', timeUnixNano: '1544712660000000002' }] }),
  ]);
  const zipped = { 'content-encoding': 'gzip' } as object;
  for (let attempt = 0; attempt < 3; attempt++) {
    await send(hub, body);
    await send(hub, new Uint8Array(gzipSync(body)), zipped);
    await send(hub, body, { path: '/api/public/otel/v1/traces' });
  }
  expect((await hub.get('/stats')).json.events).toBe(2);
  const [source] = (await hub.get('/stats/sources')).json.items;
  expect(source).toMatchObject({
    service: 'shop',
    received: 18,
    inserted: 2,
    duplicates: 16,
    rejected: 0,
  });
});

it('H7: a client of Langfuse sends its key as a password', async () => {
  const hub = await startTestHub();
  const basic = (password: string) => ({
    path: '/api/public/otel/v1/traces',
    key: null,
    authorization: `Basic ${Buffer.from(`pk-any:${password}`).toString('base64')}`,
  });
  expect((await send(hub, tracesOf([span()]), basic(KEYS.ingest))).status).toBe(200);
  expect((await send(hub, tracesOf([span()]), basic('wrong-key-of-the-tests'))).status).toBe(401);
});

it('H7: spans and our own events of a request are one chain, and spans are calls in the graph', async () => {
  const hub = await startTestHub();
  const run = makeRun();
  const own = makeEvents(3).map((recorded) => ({
    ...recorded,
    event: { ...recorded.event, requestId: TRACE },
  }));
  await hub.send(run, own);
  await send(hub, tracesOf([span()], 'front'));
  // What happens in a span calls nobody.
  const events = [{ name: 'cache miss', timeUnixNano: '1544712660000000003' }];
  const child = { spanId: 'a'.repeat(16), parentSpanId: 'EEE19B7EC3C1B174', name: 'load', events };
  await send(hub, tracesOf([span({ ...child, status: { code: 2, message: 'no' } })], 'back'));
  const { json } = await hub.get(`/traces/${TRACE}`);
  const types = json.items.map(({ event_type }: { event_type: string }) => event_type);
  expect(types.sort()).toEqual(
    [...own.map(({ event }) => event.eventType), 'span', 'span', 'span_event'].sort(),
  );
  expect((await hub.get('/graph')).json.items).toEqual([
    expect.objectContaining({
      caller: 'front.GET /orders',
      callee: 'back.load',
      calls: 1,
      errors: 1,
    }),
  ]);
  expect((await hub.get('/stats')).json.errors).toBeGreaterThanOrEqual(1);
});

it('H7: a port of its own takes OTLP and nothing else, with the same keys', async () => {
  const hub = await startTestHub({ otlp: 0 });
  const { otlpUrl = '' } = hub.hub;
  const post = async (path: string, key: string) => {
    const headers = { 'content-type': JSON_TYPE, authorization: `Bearer ${key}` };
    const response = await fetch(new URL(path, otlpUrl), {
      method: 'POST',
      headers,
      body: tracesOf([span()]),
    });
    return response.status;
  };
  expect(await post('/v1/traces', KEYS.ingest)).toBe(200);
  expect(await post('/v1/traces?x=1', KEYS.read)).toBe(403);
  expect(await post('/ingest', KEYS.ingest)).toBe(404);
  expect((await fetch(new URL('/health', otlpUrl))).status).toBe(404);
  expect((await hub.get('/stats')).json.events).toBe(1);
  const taken = Number(new URL(otlpUrl).port);
  await expect(startTestHub({ otlp: taken })).rejects.toThrow(
    `port ${taken} of 127.0.0.1 cannot be had`,
  );
  expect((await startTestHub()).hub.otlpUrl).toBeUndefined();
});

const examples = new URL('../../../shared/data/otlp/', import.meta.url);

it('H7: the examples of the specification are taken', async (context) => {
  if (!existsSync(examples)) return context.skip('the examples lie beside the project');
  const hub = await startTestHub();
  for (const name of readdirSync(examples)) {
    const path = name.startsWith('trace') ? '/v1/traces' : '/v1/logs';
    const answer = await send(hub, readFileSync(new URL(name, examples), 'utf8'), { path });
    expect([name, answer.status, answer.json]).toEqual([name, 200, {}]);
  }
  const { json } = await hub.get(`/traces/${TRACE}`);
  expect(json.items).toHaveLength(2);
  expect(json.items[1].attributes.within_event_id).toBe(json.items[0].event_id);
});
