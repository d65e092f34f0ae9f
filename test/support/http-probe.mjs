// An HTTP server that reports which operation its code runs in. Says its port.
import { EventEmitter } from 'node:events';
import http from 'node:http';
import { getOperationId } from '../../dist/context/index.js';

const shared = new EventEmitter();
const closed = [];
const port = () => server.address().port;

const sending = {
  http: () =>
    new Promise((resolve) =>
      http.get({ port: port(), path: '/headers' }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve(JSON.parse(text)));
      }),
    ),
  post: () =>
    new Promise((resolve) => {
      const headers = { 'X-Request-Id': 'users-own' };
      const options = { port: port(), path: '/headers', method: 'POST', headers };
      const request = http.request(options, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve(JSON.parse(text)));
      });
      request.end('body');
    }),
  fetch: async () => (await fetch(`http://127.0.0.1:${port()}/headers`)).json(),
  undici: async () => {
    const { request } = await import('undici');
    return (await request(`http://127.0.0.1:${port()}/headers`)).body.json();
  },
};

const server = http.createServer((request, response) => {
  const id = getOperationId();
  const path = request.url;
  const seen = { start: id };
  if (path === '/headers') {
    const { traceparent, 'x-request-id': requestId } = request.headers;
    return response.end(JSON.stringify({ traceparent, requestId }));
  }
  if (path === '/closed') return response.end(JSON.stringify(closed.splice(0)));
  if (path.startsWith('/send/')) {
    return sending[path.slice(6)]().then((got) => response.end(JSON.stringify({ id, got })));
  }
  for (const event of ['close', 'finish']) {
    response.on(event, () => closed.push([path, event, id === getOperationId()]));
  }
  request.on('close', () => closed.push([path, 'request close', id === getOperationId()]));
  if (path === '/hang') return undefined;
  request.on('data', () => {
    seen.data = getOperationId();
  });
  request.on('end', async () => {
    seen.end = getOperationId();
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
    seen.timer = getOperationId();
    await new Promise((resolve) => {
      shared.once(path, resolve);
      process.nextTick(() => shared.emit(path));
    });
    seen.emitter = getOperationId();
    response.end(JSON.stringify(seen));
  });
  return undefined;
});

server.listen(0, '127.0.0.1', () => process.send(port()));
