import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runModule } from '../support/child.js';

const dist = (name: string) =>
  JSON.stringify(new URL(`../../dist/context/${name}.js`, import.meta.url).href);
const COUNT = 200;

/** Answers with the id it was sent, a little later, so that requests queue. */
const server = http.createServer((request, response) => {
  const id = request.headers['x-request-id'] ?? null;
  setTimeout(() => response.end(JSON.stringify({ id, path: request.url })), 1);
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Makes requests of as many operations through one dispatcher; returns the id that came with each. */
async function idsSent(dispatcher: string, send: string): Promise<(string | null)[]> {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { stdout, stderr } = await runModule(`
    await import(${dist('register')});
    const { runWithOperationId, operationInterceptor } = await import(${dist('index')});
    const { Agent, Client, Pool, fetch, request, stream } = await import('undici');
    const { Writable } = await import('node:stream');
    const origin = ${JSON.stringify(origin)};
    const dispatcher = ${dispatcher};
    const send = ${send};
    const ids = await Promise.all(Array.from({ length: ${COUNT} }, (_, n) =>
      runWithOperationId('op-' + n, async () => {
        if (n % 3 === 0) await null;
        if (n % 5 === 0) await new Promise((resolve) => setTimeout(resolve, n % 7));
        const { id, path } = await send(origin + '/' + n, '/' + n);
        if (path !== '/' + n) throw new Error('expected /' + n + '; got ' + path);
        return id;
      })));
    await dispatcher.close();
    console.log(JSON.stringify(ids));`);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as (string | null)[];
}

const own = Array.from({ length: COUNT }, (_, n) => `op-${n}`);
const POOL = 'new Pool(origin, { connections: 1 })';
const PIPELINED = 'new Client(origin, { pipelining: 10 })';
const AGENT = 'new Agent({ connections: 2, pipelining: 4 })';
const REQUEST =
  'async (_, path) => (await dispatcher.request({ origin, path, method: "GET" })).body.json()';
const FETCH = 'async (url) => (await fetch(url, { dispatcher })).json()';
const STREAM = `async (_, path) => {
  let text = '';
  await dispatcher.stream({ origin, path, method: 'GET' }, () => new Writable({
    write(chunk, _encoding, done) { text += chunk; done(); },
  }));
  return JSON.parse(text);
}`;

it.each([
  ['request', POOL, REQUEST],
  ['request, pipelined', PIPELINED, REQUEST],
  ['request, both', AGENT, REQUEST],
  ['stream', POOL, STREAM],
  ['fetch, with the interceptor', `${POOL}.compose(operationInterceptor)`, FETCH],
  ['fetch, pipelined', PIPELINED, FETCH],
  ['fetch, both, with the interceptor', `${AGENT}.compose(operationInterceptor)`, FETCH],
])('O6: queued requests carry their own id: %s', async (_, dispatcher, send) => {
  expect(await idsSent(dispatcher, send)).toEqual(own);
});

it('O6: fetch through a full pool without the interceptor: its own id or none', async () => {
  const ids = await idsSent(POOL, FETCH);
  expect(ids.filter((id, n) => id !== null && id !== own[n])).toEqual([]);
  expect(ids).toContain(null);
});
