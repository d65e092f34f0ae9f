// @ts-expect-error autocannon has no types
import autocannon from 'autocannon';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Answer,
  ask,
  type Question,
  type Service,
  startService,
} from '../support/http-service.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const QUESTIONS: Question[] = [
  { path: '/' },
  { path: '/', method: 'HEAD' },
  {
    path: '/',
    method: 'OPTIONS',
    headers: { origin: 'http://a.example', 'access-control-request-method': 'GET' },
  },
  {
    path: '/',
    headers: { origin: 'http://a.example', 'x-request-id': 'abc', traceparent: 'junk' },
  },
  { path: '/slow' },
  { path: '/cookie' },
  { path: '/stream' },
  { path: '/raw' },
  { path: '/keys', headers: { 'x-request-id': 'abc' } },
  { path: '/throws' },
  { path: '/rejects' },
  { path: '/primitive' },
  { path: '/absent' },
  {
    path: '/form',
    method: 'POST',
    body: 'a=1&b=2',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  { path: '/validated', method: 'POST', body: '{"n":21}', headers: JSON_TYPE },
  { path: '/validated', method: 'POST', body: '{"n":"x"}', headers: JSON_TYPE },
  { path: '/validated', method: 'POST', body: '{broken', headers: JSON_TYPE },
];

let bare: Service;
let traced: Service;
beforeAll(async () => {
  const name = 'fastify-service.mjs';
  [bare, traced] = await Promise.all([
    startService(name, { register: false }),
    startService(name, { register: true }),
  ]);
});
afterAll(() => {
  bare.stop();
  traced.stop();
});

const withoutDate = ({ headers, ...rest }: Answer) => ({
  ...rest,
  headers: headers.filter(([name]) => name.toLowerCase() !== 'date'),
});

it.each(QUESTIONS)(
  'a Fastify service answers $method $path the same with register',
  async (question) => {
    const [expected, found] = await Promise.all([
      ask(bare.port, question),
      ask(traced.port, question),
    ]);
    expect(withoutDate(found)).toEqual(withoutDate(expected));
  },
);

it('and under load: every answer is there, and is the same', async () => {
  const expectBody = (await ask(bare.port, { path: '/slow' })).body;
  const result = await autocannon({
    url: `http://127.0.0.1:${traced.port}/slow`,
    connections: 20,
    amount: 4_000,
    expectBody,
  });
  expect(result).toMatchObject({ '2xx': 4_000, errors: 0, mismatches: 0, non2xx: 0, timeouts: 0 });
  // It has survived and still answers.
  expect((await ask(traced.port, { path: '/throws' })).status).toBe(418);
});
