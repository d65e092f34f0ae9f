// What a hub takes in, and what it says of everything else.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { formatBatch } from '../../src/wire/batch.js';
import { ACCOUNT } from '../support/account.js';
import { type Body, KEYS, makeHubFolder, startTestHub, type TestHub } from '../support/hub.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';

const run = promisify(execFile);

it('answers after the commit what became of each event', async () => {
  const hub = await startTestHub();
  const source = makeRun();
  const first = await hub.send(source, makeEvents(3));
  expect(first.json).toEqual({ accepted: 3, inserted: 3, duplicates: 0, deduped: 0, rejected: [] });
  expect((await hub.send(source, makeEvents(5))).json).toMatchObject({
    inserted: 2,
    duplicates: 3,
  });
  const text = formatBatch({ run: makeRun(), events: makeEvents(3) });
  const malformed = await hub.post(text.replace('"severity":"Info"', '"severity":"fatal"'));
  expect(malformed.status).toBe(200);
  expect(malformed.json).toMatchObject({
    accepted: 2,
    inserted: 2,
    rejected: [{ index: 0, code: 'invalid', message: expect.stringMatching(/^severity must be/) }],
  });
  const lane = await hub.send(makeRun(), [makeRecorded(0), makeRecorded(1, { lane: 64 })]);
  expect(lane.json.rejected).toEqual([
    { index: 1, code: 'refused', message: 'lane must be an integer from 0 to 63; got 64' },
  ]);
  expect((await hub.get('/stats')).json).toMatchObject({ events: 8, runs: 3 });
});

it('takes gzip, and times and integers at their ends', async () => {
  const hub = await startTestHub();
  const events = [
    makeRecorded(0, { timestampNs: 2n ** 63n - 1n, durationNs: -(2n ** 63n) }),
    makeRecorded(1, { timestampNs: -(2n ** 63n), durationNs: 2n ** 53n + 1n }),
  ];
  const body = gzipSync(formatBatch({ run: makeRun(), events }));
  const sent = await hub.post(body, { 'content-encoding': 'gzip' });
  expect(sent.json).toMatchObject({ inserted: 2 });
  const { text } = await hub.get('/recent?order=oldest');
  expect(text).toContain('"timestamp_ns":-9223372036854775808,"duration_ns":9007199254740993,');
  expect(text).toContain('"timestamp_ns":9223372036854775807,"duration_ns":-9223372036854775808,');
});

const good = formatBatch({ run: makeRun(), account: ACCOUNT, events: makeEvents(1) });

it.each<[string, Body, Record<string, string>, number, string, RegExp]>([
  ['nothing', '', {}, 400, 'invalid', /./],
  ['text that is no JSON', '{"format":', {}, 400, 'invalid', /must be JSON/],
  ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff]), {}, 400, 'invalid', /UTF-8/],
  ['deep JSON', '['.repeat(1_000_000), {}, 400, 'invalid', /./],
  [
    'deep JSON that is whole',
    `{"format":${'['.repeat(500_000)}${']'.repeat(500_000)}}`,
    {},
    400,
    'invalid',
    /./,
  ],
  ['a number', '7', {}, 400, 'invalid', /a batch must be an object; got 7/],
  [
    'another version',
    good.replace('"version":1', '"version":9'),
    {},
    400,
    'invalid',
    /version must be one of 1; got 9/,
  ],
  ['what is no gzip', good, { 'content-encoding': 'gzip' }, 400, 'invalid', /must be gzip/],
  [
    'half a gzip',
    gzipSync(good).subarray(0, 100),
    { 'content-encoding': 'gzip' },
    400,
    'invalid',
    /gzip/,
  ],
  ['brotli', good, { 'content-encoding': 'br' }, 415, 'unsupported_media_type', /gzip or none/],
  [
    'a form',
    'a=b',
    { 'content-type': 'application/x-www-form-urlencoded' },
    415,
    'unsupported_media_type',
    /./,
  ],
  ['more than fits', 'x'.repeat(17 * 2 ** 20), {}, 413, 'too_large', /./],
  [
    'gzip that becomes a hundred times as large',
    gzipSync('x'.repeat(2 ** 24)),
    { 'content-encoding': 'gzip' },
    413,
    'too_large',
    /after inflation/,
  ],
])('refuses %s', async (_, body, headers, status, code, detail) => {
  const hub = await startTestHub();
  const answer = await hub.post(body, headers);
  expect([answer.status, answer.json.code]).toEqual([status, code]);
  expect(answer.json.detail).toMatch(detail);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  // It goes on.
  expect((await hub.post(good)).json).toMatchObject({ inserted: 1 });
});

it('a bomb of 1 GiB takes no memory', async () => {
  const hub = await startTestHub();
  const zeros = gzipSync(Buffer.alloc(2 ** 24)).toString('latin1');
  const bomb = Buffer.from(zeros.repeat(64), 'latin1');
  await hub.post(good);
  const before = process.memoryUsage.rss();
  const answer = await hub.post(bomb, { 'content-encoding': 'gzip' });
  expect(answer.json.code).toBe('too_large');
  expect(process.memoryUsage.rss() - before).toBeLessThan(150e6);
});

it('many events in one batch are all taken, and too large a batch is refused as a whole', async () => {
  const hub = await startTestHub();
  const source = makeRun();
  const many = makeEvents(30_000);
  expect((await hub.send(source, many)).json).toMatchObject({ inserted: 30_000 });
  const larger = Array.from({ length: 10_000_000 }, () => '{}').join(',');
  const head = good.slice(0, good.indexOf('"events":['));
  const answer = await hub.post(gzipSync(`${head}"events":[${larger}]}`), {
    'content-encoding': 'gzip',
  });
  expect(answer.json.code).toBe('too_large');
});

it('H5: a key is needed, of the scope, and no other name leads here', async () => {
  const hub = await startTestHub();
  const ingest = (key: string | undefined, headers = {}) =>
    hub.fetch('/ingest', {
      method: 'POST',
      body: good,
      headers: { 'content-type': 'application/json', ...headers },
      key,
    });
  const none = await ingest(undefined);
  expect([none.status, none.json.code]).toEqual([401, 'unauthorized']);
  expect(none.headers.get('www-authenticate')).toBe('Bearer');
  expect((await ingest('x'.repeat(24))).status).toBe(401);
  expect((await ingest(KEYS.read)).json.code).toBe('forbidden');
  expect((await ingest(KEYS.admin)).json.code).toBe('forbidden');
  expect((await hub.fetch('/recent', { key: KEYS.ingest })).json.code).toBe('forbidden');
  expect((await hub.fetch('/cleanup', { method: 'POST', key: KEYS.read })).json.code).toBe(
    'forbidden',
  );
  for (const path of [
    '/recent',
    '/traces/x',
    '/correlations',
    '/processes',
    '/stats',
    '/metrics',
    '/recent/stream',
  ]) {
    expect((await hub.fetch(path)).status, path).toBe(401);
  }
  expect((await hub.get('/stats')).json.events).toBe(0);
  // Nothing of a request is repeated in a header, and what is not there is 404 for all.
  expect((await hub.fetch('/nowhere')).status).toBe(404);
  expect((await hub.fetch('/health')).json).toEqual({ status: 'ok' });
});

/** What a raw connection is answered. */
async function raw(hub: TestHub, text: string, isHalfClosed = false): Promise<string> {
  const socket = connect(hub.hub.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  socket.on('error', () => {});
  socket.write(text);
  if (isHalfClosed) socket.end();
  await once(socket, 'close');
  return answer;
}

it('a request under another name is refused, and so is one that is not HTTP', async () => {
  const hub = await startTestHub({ allowHosts: ['hub.example'] });
  const ask = (host: string) =>
    raw(hub, `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  expect(await ask('evil.example')).toMatch(/^HTTP\/1.1 421 /);
  expect(await ask('evil.example:8099')).toMatch(/^HTTP\/1.1 421 /);
  for (const host of ['hub.example', 'HUB.example:8099', 'localhost:1', '[::1]:8099', '10.0.0.1']) {
    expect(await ask(host), host).toMatch(/^HTTP\/1.1 200 /);
  }
  expect(await raw(hub, 'hello\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
  const half = `POST /ingest HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${KEYS.ingest}\r\n`;
  await raw(
    hub,
    `${half}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"form`,
    true,
  );
  expect((await hub.get('/stats')).json.events).toBe(0);
  expect((await hub.post(good)).status).toBe(200);
});

it('curl and Python can send', async () => {
  const hub = await startTestHub();
  const file = join(makeHubFolder(), 'batch.json');
  writeFileSync(file, good);
  const url = `${hub.hub.url}/ingest`;
  const curl = await run('curl', [
    '-sS',
    '-H',
    `Authorization: Bearer ${KEYS.ingest}`,
    '-H',
    'Content-Type: application/json',
    '--data-binary',
    `@${file}`,
    url,
  ]);
  expect(JSON.parse(curl.stdout)).toMatchObject({ inserted: 1 });
  const script = `
import json, sys, urllib.request
body = open(sys.argv[1], 'rb').read()
headers = {'Authorization': 'Bearer ' + sys.argv[3], 'Content-Type': 'application/json'}
answer = urllib.request.urlopen(urllib.request.Request(sys.argv[2], body, headers))
print(json.load(answer)['duplicates'])`;
  const python = await run('python3', ['-c', script, file, url, KEYS.ingest]);
  expect(python.stdout).toBe('1\n');
});

it('names of objects are only names, and ids may be long', async () => {
  const hub = await startTestHub();
  const id = randomBytes(5_000).toString('hex');
  const attributes = JSON.parse('{"__proto__":"x","constructor":"y","toString":"z"}');
  await hub.send(makeRun(), [makeRecorded(0, { requestId: id, attributes })]);
  const { json } = await hub.get(`/traces/${id}`);
  expect(Object.entries(json.items[0].attributes)).toEqual(Object.entries(attributes));
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

it('purges what is older, for who may', async () => {
  const hub = await startTestHub();
  await hub.send(makeRun(), makeEvents(3));
  const purge = (body: string) =>
    hub.fetch('/cleanup', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
      key: KEYS.admin,
    });
  for (const body of ['{}', '{"hours":-1}', '{"hours":"1"}', '{"hours":1e9}']) {
    expect((await purge(body)).json.errors, body).toEqual([
      { path: '/hours', message: expect.any(String) },
    ]);
  }
  expect((await purge('x')).json).toMatchObject({ status: 400, code: 'invalid' });
  expect((await purge('{"hours":1}')).json).toEqual({ removed: 0, is_done: true });
  expect((await hub.get('/stats')).json.events).toBe(3);
});
