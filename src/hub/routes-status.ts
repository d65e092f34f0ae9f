import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { AppendQueue } from './append-queue.js';
import { type HubState, metricsText } from './hub-metrics.js';
import type { HubStatus } from './hub-status.js';
import { Problem } from './problem.js';
import type { QueryPool } from './query-pool.js';
import { hijacked, mediaAnswer, readRoute, route } from './route-schema.js';
import { cleanupAnswer, healthAnswer, readyAnswer, statusAnswer } from './schemas/answers.js';
import { cleanupBody } from './schemas/bodies.js';

const HOUR_MS = 3_600_000;
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const metrics = mediaAnswer('text/plain', 'Prometheus text format 0.0.4');
const statusStream = mediaAnswer(
  'text/event-stream',
  '`event: status`, whose data are as `/status` answers them, at once and whenever they change.',
);

/** Made from the routes by scripts/build.mjs, and committed: a change of what the hub answers is seen. */
const openApi = readOpenApi();

/** In a package it is packed: it would be a third of all that the hub is. */
function readOpenApi(): Buffer {
  const packed = new URL('./openapi.json.gz', import.meta.url);
  if (existsSync(packed)) return gunzipSync(readFileSync(packed));
  return readFileSync(new URL('./openapi.json', import.meta.url));
}

export interface StatusParts {
  readonly queue: AppendQueue;
  readonly queries: QueryPool;
  readonly status: HubStatus;
  readonly stateOf: () => HubState;
  /** Whether the Redis that it shares with other hubs is there; undefined for a hub alone. */
  readonly isRedisUp: () => boolean | undefined;
}

/** How the hub is, and what its operator does. */
export function addStatusRoutes(
  app: FastifyInstance,
  { queue, queries, status, stateOf, isRedisUp }: StatusParts,
): void {
  app.get(
    '/health',
    route(undefined, { summary: 'Alive', answer: statusAnswer }),
    async (_, reply) => reply.type('application/json').send('{"status":"ok"}'),
  );

  app.get(
    '/ready',
    route(undefined, { summary: 'Able to answer', answer: readyAnswer }),
    async (_request, reply) => {
      if (!queue.isReady) {
        const detail = 'the thread that stores is being started';
        throw new Problem('unavailable', detail, { retryAfterS: 1 });
      }
      // Whether the store can be read: that it can be written only an append shows.
      await queries.check();
      const isUp = isRedisUp();
      const redis = isUp === undefined ? undefined : isUp ? 'up' : 'down';
      return reply.send({ status: 'ready', redis });
    },
  );

  app.get('/metrics', readRoute('For Prometheus', metrics), async (_request, reply) =>
    reply.type(METRICS_TYPE).send(metricsText(stateOf())),
  );

  app.get(
    '/status',
    readRoute('How the hub is, at a glance', healthAnswer),
    async (_request, reply) => reply.send(await status.read()),
  );

  app.get(
    '/status/stream',
    readRoute('How the hub is, whenever it changes', statusStream),
    async (_request, reply) => {
      status.add(() => hijacked(reply));
      return reply;
    },
  );

  app.post<{ Body: { hours: number } }>(
    '/cleanup',
    route(['admin'], {
      summary: 'Removes what is older',
      body: cleanupBody,
      answer: cleanupAnswer,
    }),
    async ({ body }, reply) =>
      reply.type('application/json').send(await queue.purge(body.hours * HOUR_MS)),
  );

  app.get(
    '/openapi.json',
    route(undefined, { summary: 'This', answer: { type: 'object' } }),
    async (_request, reply) => reply.type('application/json').send(openApi),
  );
}
