import type { FastifyInstance } from 'fastify';
import type { AppendQueue } from './append-queue.js';
import type { HubAlerts } from './hub-alerts.js';
import type { HubGate } from './hub-gate.js';
import type { HubState } from './hub-metrics.js';
import type { HubProjects } from './hub-projects.js';
import type { HubStatus } from './hub-status.js';
import { addOtlpRoutes } from './otlp/routes-otlp.js';
import type { QueryPool } from './query-pool.js';
import { addAlertRoutes } from './routes-alerts.js';
import { addIngestRoutes } from './routes-ingest.js';
import { addProjectRoutes } from './routes-projects.js';
import { addReadRoutes } from './routes-read.js';
import { addStatusRoutes } from './routes-status.js';
import { addTracingRoutes } from './routes-tracing.js';
import { addPageRoutes, type PageParts } from './routes-ui.js';
import type { Sources } from './sources.js';
import type { Tails } from './tails.js';

/** On every answer of a hub that cannot reach the Redis which it shares with others: what they know it does not. */
const ALONE_HEADER = 'x-aegis-alone';

/** What routes answer from. */
export interface RouteParts {
  readonly queue: AppendQueue;
  readonly queries: QueryPool;
  readonly tails: Tails;
  readonly sources: Sources;
  readonly gate: HubGate;
  readonly projects: HubProjects;
  readonly alerts: HubAlerts;
  readonly status: HubStatus;
  readonly page: PageParts;
  readonly stateOf: () => HubState;
  readonly isRedisUp: () => boolean | undefined;
  /** Whether other hubs may have the same store. */
  readonly isShared: boolean;
}

/** Every path of a hub. */
export async function addRoutes(app: FastifyInstance, parts: RouteParts): Promise<void> {
  // Also on a stream, which begins with its own head.
  app.addHook('onRequest', (_request, reply, done) => {
    if (parts.isRedisUp() === false) reply.raw.setHeader(ALONE_HEADER, 'redis');
    done();
  });
  const { queue, queries, tails, sources, gate, projects, alerts, status, page, stateOf } = parts;
  await addIngestRoutes(app, queue, projects, parts.isShared);
  await addOtlpRoutes(app, queue, projects);
  addReadRoutes(app, { queries, tails, sources, gate, status });
  addTracingRoutes(app, gate, projects);
  addProjectRoutes(app, projects);
  addAlertRoutes(app, alerts);
  addStatusRoutes(app, { queue, queries, status, stateOf, isRedisUp: parts.isRedisUp });
  addPageRoutes(app, page);
}
