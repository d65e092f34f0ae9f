// With aegis-trace/register: what belongs to a connection has no operation, what is a request has one.
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, type Service, startService } from '../support/http-service.js';

let service: Service;
beforeAll(async () => {
  service = await startService('connection-probe.mjs');
});
afterAll(() => service.stop());

const keepAlive = 'GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: first\r\n\r\n';

/** Sends texts over one connection, each after something has come back; ends with the connection. */
async function talk(...texts: string[]): Promise<string> {
  const socket = net.connect(service.port, '127.0.0.1');
  let answer = '';
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  for (const text of texts) {
    socket.write(text);
    const data = await Promise.race([once(socket, 'data'), closed]);
    answer += String(data[0]);
  }
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  await closed;
  return answer;
}

/** What the service noted since it was asked last, by name. */
async function noted(...awaited: string[]): Promise<Record<string, unknown>> {
  const events: [string, string | null][] = [];
  for (let tries = 0; tries < 100; tries++) {
    const answer = await ask(service.port, { path: '/events', headers: { connection: 'close' } });
    events.push(...(JSON.parse(answer.body) as typeof events));
    if (awaited.every((name) => events.some(([noted]) => noted === name))) break;
    await sleep(20);
  }
  return Object.fromEntries(events);
}

it('O1: garbage after a request is of no operation, and neither is the end of its connection', async () => {
  await talk(keepAlive, 'garbage\r\n\r\n');
  expect(await noted('clientError', 'socket close')).toMatchObject({
    connection: null,
    request: 'first',
    clientError: null,
    'socket close': null,
  });
});

it('O1: a connection that idles into its timeout does so in no operation', async () => {
  await talk(keepAlive);
  expect(await noted('socket timeout', 'socket close')).toMatchObject({
    request: 'first',
    'server timeout': null,
    'socket timeout': null,
    'socket close': null,
  });
});

it.each([
  ['upgrade', 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'],
  ['connect', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n'],
])('O1: %s is a request, and what comes over its connection belongs to it', async (name, head) => {
  await talk(keepAlive);
  await noted('socket close');
  expect(await talk(`${head}X-Request-Id: second\r\n\r\n`, 'hello')).toContain('got hello');
  expect(await noted('socket close')).toMatchObject({
    [name]: 'second',
    [`${name} data`]: 'second',
    [`${name} timer`]: 'second',
    'socket close': 'second',
  });
});

it('O1: an upgrade after a request on the same connection has an id of its own', async () => {
  const head = 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  await talk(keepAlive, head, 'hello');
  const { upgrade } = await noted('socket close');
  expect(upgrade).toMatch(/^[0-9a-f]{32}$/);
});

it('O1: a request that expects 100-continue has its operation, body included', async () => {
  const head =
    'POST / HTTP/1.1\r\nHost: a\r\nX-Request-Id: r-1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n';
  await talk(head, 'ab');
  expect(await noted('checkContinue end')).toMatchObject({
    checkContinue: 'r-1',
    'checkContinue end': 'r-1',
  });
});
