import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import cookie from '@fastify/cookie';
import express from 'express';
import fastify from 'fastify';
import { expect, it } from 'vitest';
import {
  getOperationId,
  operationErrorMiddleware,
  operationMiddleware,
  operationPlugin,
} from '../../src/context/index.js';
import { ask } from '../support/http-service.js';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

it('O1: Fastify plugin: hooks, body, handler and errors belong to the request', async () => {
  const app = fastify();
  await app.register(operationPlugin);
  await app.register(cookie);
  const errors: unknown[] = [];
  const hooks: (string | undefined)[] = [];
  app.addHook('preHandler', async () => {
    hooks.push(getOperationId());
  });
  app.addHook('onResponse', async () => {
    hooks.push(getOperationId());
  });
  app.setErrorHandler((error, _request, reply) => {
    errors.push(error);
    reply.status(500).send({ id: getOperationId() });
  });
  app.post('/', async () => {
    await tick();
    return { id: getOperationId() };
  });
  const failure = new Error('boom');
  app.get('/fails', async () => {
    throw failure;
  });
  const payload = { text: 'x'.repeat(200_000) };
  const answer = await app.inject({
    method: 'POST',
    url: '/',
    payload,
    headers: { 'x-request-id': 'r1' },
  });
  expect(answer.json()).toEqual({ id: 'r1' });
  expect(answer.headers['x-request-id']).toBe('r1');
  expect(hooks).toEqual(['r1', 'r1']);

  const failed = await app.inject({ url: '/fails', headers: { 'x-request-id': 'r2' } });
  expect(failed.json()).toEqual({ id: 'r2' });
  expect(errors).toEqual([failure]);
  expect(failure).toHaveProperty('operationId', 'r2');

  const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
  const headers = { 'content-type': 'application/json', 'x-request-id': 'r3' };
  const body = JSON.stringify(payload);
  expect((await ask(port, { path: '/', method: 'POST', headers, body })).body).toBe('{"id":"r3"}');
  await app.close();
});

it('O1: Express middleware: body parsers, handlers and errors belong to the request', async () => {
  const app = express();
  app.use(operationMiddleware());
  app.use(express.json({ limit: '1mb' }));
  app.post('/', async (_request, response) => {
    await tick();
    response.json({ id: getOperationId() });
  });
  const failure = new Error('boom');
  app.get('/fails', () => {
    throw failure;
  });
  app.use(operationErrorMiddleware());
  app.use(((error, _request, response, _next) => {
    response.status(500).json({ same: error === failure, id: getOperationId() });
  }) as express.ErrorRequestHandler);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const body = JSON.stringify({ text: 'x'.repeat(200_000) });
  const headers = { 'content-type': 'application/json', 'x-request-id': 'e1' };
  const answer = await ask(port, { path: '/', method: 'POST', headers, body });
  expect(answer.body).toBe('{"id":"e1"}');
  expect(answer.headers).toContainEqual(['x-request-id', 'e1']);
  const failed = await ask(port, { path: '/fails', headers: { 'x-request-id': 'e2' } });
  expect(JSON.parse(failed.body)).toEqual({ same: true, id: 'e2' });
  expect(failure).toHaveProperty('operationId', 'e2');
  server.close();
});
