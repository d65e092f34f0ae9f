import { expect, it } from 'vitest';
import { runModule } from '../support/child.js';

const dist = (name: string) =>
  JSON.stringify(new URL(`../../dist/context/${name}.js`, import.meta.url).href);
const PRELUDE = `
  await import(${dist('register')});
  const { getOperationId, operationMiddleware, operationPlugin, runWithOperationId } = await import(${dist('index')});
  const { once } = await import('node:events');
  const listen = async (server) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
  };`;

it('HTTP/2: the middleware and the plugin give requests an operation, register alone does not', async () => {
  const { stdout, stderr } = await runModule(`${PRELUDE}
    const http2 = await import('node:http2');
    const { default: fastify } = await import('fastify');
    const answer = (request, response) => {
      const seen = { start: getOperationId() ?? null };
      request.on('data', () => { seen.data = getOperationId() ?? null; });
      request.on('end', () => setTimeout(() => {
        seen.timer = getOperationId() ?? null;
        response.end(JSON.stringify(seen));
      }, 1));
    };
    const enter = operationMiddleware();
    const bare = http2.createServer(answer);
    const entered = http2.createServer((request, response) => enter(request, response, () => answer(request, response)));
    const app = fastify({ http2: true });
    await app.register(operationPlugin);
    app.post('/', async () => ({ plugin: getOperationId() ?? null }));
    await app.ready();
    const found = [];
    for (const server of [bare, entered, app.server]) {
      const client = http2.connect('http://127.0.0.1:' + (await listen(server)));
      found.push(await Promise.all(Array.from({ length: 3 }, async (_, n) => {
        const stream = client.request({ ':path': '/', ':method': 'POST', 'x-request-id': 'h' + n, 'content-type': 'application/json' });
        stream.end('{}');
        let text = '';
        for await (const chunk of stream) text += chunk;
        return JSON.parse(text);
      })));
      client.close();
      server.close();
    }
    console.log(JSON.stringify(found));`);
  expect(stderr).toBe('');
  const each = (make: (id: string) => object) => ['h0', 'h1', 'h2'].map(make);
  expect(JSON.parse(stdout)).toEqual([
    each(() => ({ start: null, data: null, timer: null })),
    each((id) => ({ start: id, data: id, timer: id })),
    each((id) => ({ plugin: id })),
  ]);
});

it('O6: http.request with headers as an array, or with Expect, goes out as it is', async () => {
  const { stdout, stderr } = await runModule(`${PRELUDE}
    const http = await import('node:http');
    const server = http.createServer((request, response) => response.end(JSON.stringify(request.headers['x-request-id'] ?? null)));
    const port = await listen(server);
    const send = (headers) => new Promise((resolve, reject) => {
      const request = http.request({ port, host: '127.0.0.1', method: 'POST', headers, agent: false }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve(JSON.parse(text));
      });
      request.on('error', reject).end('x');
    });
    const found = await runWithOperationId('out', async () => [
      await send({}),
      await send(['Host', 'x', 'Content-Length', '1']),
      await send(['Host', 'x', 'Content-Length', '1', 'X-Request-Id', getOperationId()]),
      await send({ Expect: '100-continue' }),
      await send({ Expect: '100-continue', 'x-request-id': getOperationId() }),
    ]);
    server.close();
    console.log(JSON.stringify(found));`);
  expect([JSON.parse(stdout), stderr]).toEqual([['out', null, 'out', null, 'out'], '']);
});
