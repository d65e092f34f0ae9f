import type { FastifyInstance } from 'fastify';
import type { AppendQueue } from './append-queue.js';
import { type HubState, metricsText } from './hub-metrics.js';
import { Problem } from './problem.js';
import type { QueryPool } from './query-pool.js';

const HOUR_MS = 3_600_000;

/** How the hub is, and what its operator does. */
export function addStatusRoutes(
  app: FastifyInstance,
  queue: AppendQueue,
  queries: QueryPool,
  stateOf: () => HubState,
): void {
  app.get('/health', async (_request, reply) =>
    reply.type('application/json').send('{"status":"ok"}'),
  );

  app.get('/ready', async (_request, reply) => {
    if (!queue.isReady)
      throw new Problem('unavailable', 'the thread that stores is being started', {
        retryAfterS: 1,
      });
    // Whether the database can be read: that it can be written only an append shows.
    await queries.end();
    return reply.type('application/json').send('{"status":"ready"}');
  });

  app.get('/metrics', { config: { scopes: ['read'] } }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsText(stateOf())),
  );

  app.post('/cleanup', { config: { scopes: ['admin'] } }, async (request, reply) => {
    const hours = hoursOf(request.body);
    return reply.type('application/json').send(await queue.purge(hours * HOUR_MS));
  });
}

/** @throws Problem `invalid`. */
function hoursOf(body: unknown): number {
  let hours: unknown;
  try {
    ({ hours } = JSON.parse(Buffer.from(body as Uint8Array).toString()) as { hours?: unknown });
  } catch {
    // Said below.
  }
  if (typeof hours === 'number' && hours >= 0 && hours <= 87_600) return hours;
  const message = 'it must be a number from 0 to 87600';
  throw new Problem('invalid', `hours: ${message}`, { errors: [{ path: '/hours', message }] });
}
