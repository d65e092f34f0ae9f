import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runModule } from '../support/child.js';
import { ask, type Service, startService } from '../support/http-service.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
let service: Service;
beforeAll(async () => {
  service = await startService('http-probe.mjs');
});
afterAll(() => service.stop());

const askJson = async (path: string, headers: Record<string, string> = {}) =>
  JSON.parse((await ask(service.port, { path, headers })).body) as Record<string, unknown>;

it('O1: requests that share connections never see one another: body, timers, emitters', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 5 });
  const answers = await Promise.all(
    Array.from({ length: 500 }, async (_, n) => {
      const headers = n % 5 === 4 ? {} : { 'x-request-id': `r${n}` };
      const answer = await ask(
        service.port,
        {
          path: `/${n}`,
          method: 'POST',
          headers: headers as Record<string, string>,
          body: 'x'.repeat(n * 50 + 1),
        },
        agent,
      );
      return JSON.parse(answer.body) as Record<string, string>;
    }),
  );
  agent.destroy();
  for (const [n, seen] of answers.entries()) {
    const id = n % 5 === 4 ? seen.start : `r${n}`;
    expect(seen).toEqual({ start: id, data: id, end: id, timer: id, emitter: id });
  }
  const own = answers.filter((_, n) => n % 5 === 4).map(({ start }) => start);
  expect(own.filter((id) => !/^[0-9a-f]{32}$/.test(id as string))).toEqual([]);
  expect(new Set(own).size).toBe(own.length);
  const closed = (await askJson('/closed')) as unknown as [string, string, boolean][];
  expect(closed).toHaveLength(1_500);
  expect(closed.filter(([, , same]) => !same)).toEqual([]);
});

it('O1: close belongs to the request also when the client has gone', async () => {
  const request = http.get({ host: '127.0.0.1', port: service.port, path: '/hang' });
  request.on('error', () => {});
  await new Promise((resolve) => setTimeout(resolve, 100));
  request.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closed = (await askJson('/closed')) as unknown as unknown[];
  expect(closed).toEqual(
    expect.arrayContaining([
      ['/hang', 'close', true],
      ['/hang', 'request close', true],
    ]),
  );
});

describe('O6: the id goes on through', () => {
  it.each(['http', 'fetch', 'undici'])('%s', async (client) => {
    const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    expect(await askJson(`/send/${client}`, headers)).toEqual({
      id: TRACE,
      got: {
        requestId: TRACE,
        traceparent: expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`)),
      },
    });
    expect(await askJson(`/send/${client}`, { 'x-request-id': 'r-9' })).toEqual({
      id: 'r-9',
      got: { requestId: 'r-9' },
    });
  });

  it('a header that the user has set stays', async () => {
    const found = await askJson('/send/post', { 'x-request-id': 'r-9' });
    expect(found).toEqual({ id: 'r-9', got: { requestId: 'users-own' } });
  });
});

it('AEGIS_TRACE_OUTGOING=off and AEGIS_TRACE_RESPONSE_HEADER', async () => {
  const env = { AEGIS_TRACE_OUTGOING: 'off', AEGIS_TRACE_RESPONSE_HEADER: 'X-Request-Id' };
  const other = await startService('http-probe.mjs', { env });
  try {
    const answer = await ask(other.port, { path: '/send/http', headers: { 'x-request-id': 'r1' } });
    expect(JSON.parse(answer.body)).toEqual({ id: 'r1', got: {} });
    expect(answer.headers).toContainEqual(['x-request-id', 'r1']);
  } finally {
    other.stop();
  }
});

describe('O4: what ends the process carries the id', () => {
  const register = new URL('../../dist/context/register.js', import.meta.url).href;
  const context = new URL('../../dist/context/index.js', import.meta.url).href;
  it.each([
    ['an uncaught error', 'setTimeout(() => { throw error; }, 1)'],
    ['an unhandled rejection', 'setTimeout(async () => { throw error; }, 1)'],
  ])('%s', async (_, statement) => {
    const source = `
      await import(${JSON.stringify(register)});
      const { runWithOperationId } = await import(${JSON.stringify(context)});
      process.on('exit', () => console.log(error.operationId));
      const error = new Error('end');
      runWithOperationId('last', () => { ${statement} });`;
    const { code, stdout } = await runModule(source);
    expect([code, stdout]).toEqual([1, 'last\n']);
  });
});

it('O1: requests that are pipelined on one socket keep apart', async () => {
  const count = 40;
  const socket = net.connect(service.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const requests = Array.from(
    { length: count },
    (_, n) =>
      `POST /p${n} HTTP/1.1\r\nHost: x\r\nX-Request-Id: p${n}\r\nContent-Length: 3\r\n` +
      `${n === count - 1 ? 'Connection: close\r\n' : ''}\r\nabc`,
  );
  socket.write(requests.join(''));
  await once(socket, 'close');
  const answers = [...text.matchAll(/\{.*?\}/g)].map(([json]) => JSON.parse(json) as unknown);
  expect(answers).toEqual(
    Array.from({ length: count }, (_, n) => {
      const id = `p${n}`;
      return { start: id, data: id, end: id, timer: id, emitter: id };
    }),
  );
});
