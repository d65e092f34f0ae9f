// Who may ask, and what a hub is safe from: the list of its guide, a test each that no other file has.
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { KEYS, startTestHub, type TestHub } from '../support/hub.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';

/** Sends bytes as they are; all that comes back until the end of the connection. */
async function raw(hub: TestHub, text: string, { half = false } = {}): Promise<string> {
  const socket = connect({ port: hub.hub.port, host: '127.0.0.1', allowHalfOpen: true });
  let said = '';
  socket.on('data', (part) => {
    said += part;
  });
  await once(socket, 'connect');
  if (half) socket.end(text);
  else socket.write(text);
  await once(socket, 'end');
  socket.destroy();
  return said;
}

it('H5: authentication comes before inflation: a bomb of nobody is not looked at', async () => {
  const hub = await startTestHub();
  const response = await fetch(`${hub.hub.url}/ingest`, {
    method: 'POST',
    body: gzipSync(Buffer.alloc(2 ** 24)),
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  });
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toBe('Bearer');
});

it('more than so many requests in a second are 429, with when to come again, each key for itself', async () => {
  const hub = await startTestHub();
  const ask = () => fetch(`${hub.hub.url}/health`);
  const answers = await Promise.all(Array.from({ length: 300 }, ask));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect(await refused[0]?.json()).toMatchObject({ code: 'rate_limited' });
  // Who has a key is not kept out by who has none.
  expect((await hub.get('/stats')).status).toBe(200);
});

it('H5: whoever guesses keys is told to come later, and keeps nobody out who has one', async () => {
  for (const guess of [undefined, (index: number) => `guess-of-a-key-${index}`]) {
    const hub = await startTestHub();
    const guesses = Array.from({ length: 300 }, async (_, index) => {
      const { status } = await hub.fetch('/recent', { key: guess?.(index) });
      return status;
    });
    const statuses = new Set(await Promise.all(guesses));
    expect([...statuses].toSorted()).toEqual([401, 429]);
    expect((await hub.get('/recent')).status).toBe(200);
  }
});

it('H5: what a proxy says of a client is believed of a proxy that was named alone', async () => {
  const asked = async (trustProxy: string[]): Promise<number | undefined> => {
    const hub = await startTestHub({ trustProxy, allowHosts: ['trace.example.com'] });
    const headers = { host: 'inside.example', 'x-forwarded-host': 'trace.example.com' };
    const [answer] = (await once(get(`${hub.hub.url}/health`, { headers }), 'response')) as [
      IncomingMessage,
    ];
    answer.resume();
    return answer.statusCode;
  };
  expect(await asked(['loopback'])).toBe(200);
  expect(await asked(['127.0.0.0/8', '::1'])).toBe(200);
  expect(await asked(['10.0.0.0/8'])).toBe(421);
  expect(await asked([])).toBe(421);
  for (const wrong of ['everybody', '10.0.0.0/33', '127.0.0.1/', '', '*']) {
    await expect(startTestHub({ trustProxy: [wrong] })).rejects.toThrow(
      'one of trustProxy must be addresses, networks as 10.0.0.0/8, or loopback',
    );
  }
});

it('no other site may read an answer, or ask whether it may', async () => {
  const hub = await startTestHub();
  const preflight = await fetch(`${hub.hub.url}/stats`, {
    method: 'OPTIONS',
    headers: { origin: 'http://evil.example', 'access-control-request-method': 'GET' },
  });
  expect(preflight.status).toBe(404);
  const answer = await hub.fetch('/stats', {
    key: KEYS.read,
    headers: { origin: 'http://evil.example' },
  });
  for (const headers of [preflight.headers, answer.headers]) {
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

it('forwarded headers lead to nothing: the Host that came is the one that counts', async () => {
  const hub = await startTestHub();
  const head = `GET /health HTTP/1.1\r\nhost: evil.example\r\nx-forwarded-host: localhost\r\nx-forwarded-for: 127.0.0.1\r\nconnection: close\r\n\r\n`;
  expect(await raw(hub, head)).toMatch(/^HTTP\/1\.1 421 /);
});

it('nothing that a sender wrote is a header, another line or the end of a field of a stream', async () => {
  const hub = await startTestHub();
  const evil = 'x\r\nset-cookie: a=b\r\n\r\ndata: {}\nid: 7\n\n<script>alert(1)</script>\u2028';
  const abort = new AbortController();
  const stream = await fetch(`${hub.hub.url}/recent/stream`, {
    headers: { authorization: `Bearer ${KEYS.read}` },
    signal: abort.signal,
  });
  await hub.send(makeRun({ service: evil.slice(0, 100) }), [
    makeRecorded(0, {
      component: evil,
      requestId: evil,
      rationale: evil,
      attributes: { [evil]: evil },
    }),
  ]);
  let said = '';
  const decoder = new TextDecoder();
  for await (const part of stream.body as unknown as AsyncIterable<Uint8Array>) {
    said += decoder.decode(part, { stream: true });
    if (said.includes('\n\n') && said.includes('"attributes"')) break;
  }
  abort.abort();
  const lines = said.split('\n').filter((line) => !/^(retry: |: )/.test(line));
  expect(lines.filter((line) => line.startsWith('id: '))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith('data: '))).toHaveLength(1);
  const { headers, json } = await hub.get(`/traces/${encodeURIComponent(evil)}`);
  expect(json.items[0].rationale).toBe(evil);
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  expect(headers.get('set-cookie')).toBeNull();
  const metrics = await hub.get('/metrics');
  expect(metrics.text).not.toContain('script');
});

it('a client that closes its half in the middle is let go, and nobody else is disturbed', async () => {
  const hub = await startTestHub();
  await hub.send(makeRun(), makeEvents(3));
  const head = `POST /ingest HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${KEYS.ingest}\r\ncontent-type: application/json\r\ncontent-length: 400\r\n\r\n`;
  for (const text of [head, `${head}{"format":`, 'GET /stats', '\0\0\0']) {
    await raw(hub, text, { half: true });
  }
  expect((await hub.get('/stats')).json.events).toBe(3);
  expect(hub.notices).toEqual([]);
  expect((await hub.get('/metrics')).text).toContain('aegis_trace_hub_queue_bytes 0');
});

it('H4: bodies that are being received take no more room than there is, and give it back', async () => {
  const hub = await startTestHub({ queueBytes: 2 ** 20 });
  const sockets = Array.from({ length: 8 }, () => connect(hub.hub.port, '127.0.0.1'));
  const head = `POST /ingest HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${KEYS.ingest}\r\ncontent-type: application/json\r\ncontent-length: 400000\r\n\r\n`;
  const answers = sockets.map(() => '');
  for (const [index, socket] of sockets.entries()) {
    // Whoever is refused may still be sending.
    socket.on('error', () => {});
    socket.on('data', (part) => {
      answers[index] = `${answers[index]}${part}`;
    });
    // All but the last byte: none of them is whole.
    socket.write(head + ' '.repeat(399_999));
  }
  await expect
    .poll(() => answers.filter((answer) => answer.startsWith('HTTP/1.1 503')).length, {
      timeout: 10_000,
    })
    .toBeGreaterThanOrEqual(6);
  const metrics = (await hub.get('/metrics')).text;
  expect(Number(/aegis_trace_hub_queue_bytes (\d+)/.exec(metrics)?.[1])).toBeLessThanOrEqual(
    2 ** 20,
  );
  for (const socket of sockets) socket.destroy();
  await expect
    .poll(async () => /queue_bytes (\d+)/.exec((await hub.get('/metrics')).text)?.[1], {
      timeout: 10_000,
    })
    .toBe('0');
  expect((await hub.send(makeRun(), makeEvents(2))).json).toMatchObject({ inserted: 2 });
});
