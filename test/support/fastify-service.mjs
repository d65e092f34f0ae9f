// A Fastify application with several plugins, which knows nothing of aegis-trace. Says its port.
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import fastify from 'fastify';

const app = fastify({ genReqId: () => 'fixed' });
await app.register(cors, { origin: true });
await app.register(helmet);
await app.register(cookie, { secret: 'test' });
await app.register(formbody);

const failure = Object.assign(new Error('known failure'), { statusCode: 418, code: 'E_TEAPOT' });
const frozen = Object.freeze(new Error('frozen failure'));

app.setErrorHandler((error, _request, reply) => {
  const identity = error === failure ? 'failure' : error === frozen ? 'frozen' : 'other';
  const keys = error instanceof Error ? Object.keys(error) : [];
  reply.status(error?.statusCode ?? 500).send({ identity, keys, message: error?.message });
});
app.get('/', () => ({ hello: 'world' }));
app.get('/slow', async () => {
  await sleep(2);
  return { slow: true };
});
app.get('/cookie', (_request, reply) =>
  reply.setCookie('a', '1').setCookie('b', '2', { signed: true }).send('set'),
);
app.get('/stream', (_request, reply) => reply.send(Readable.from(['one,', 'two,', 'three'])));
app.get('/raw', (_request, reply) => {
  reply.hijack();
  reply.raw.writeHead(201, ['X-A', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']);
  reply.raw.end('raw');
});
app.get('/keys', (request, reply) => ({
  headers: Object.keys(request.headers).toSorted(),
  response: Object.keys(reply.getHeaders()).toSorted(),
}));
app.get('/throws', () => {
  throw failure;
});
app.get('/rejects', async () => {
  await sleep(1);
  throw frozen;
});
app.get('/primitive', async () => {
  throw 'text';
});
app.post('/form', (request) => request.body);
app.post('/validated', {
  schema: { body: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } } },
  handler: (request) => ({ twice: request.body.n * 2 }),
});

await app.listen({ port: 0, host: '127.0.0.1' });
process.send(app.server.address().port);
