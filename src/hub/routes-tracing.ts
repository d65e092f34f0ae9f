import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GATE_ID_MAX } from '../event/gate-report.js';
import type { HubGate } from './hub-gate.js';
import type { HubProjects } from './hub-projects.js';
import { Problem } from './problem.js';
import { hijacked, mediaAnswer, readRoute, route } from './route-schema.js';
import {
  heatAnswer,
  type hint,
  tracingConfigAnswer,
  tracingStatusAnswer,
} from './schemas/answers.js';
import { changesParams, configParams, heatPath } from './schemas/params.js';
import type { Typed } from './schemas/typed.js';
import { PAGE_HEADER, RATE_WITHOUT_KEY } from './server.js';

interface WithId {
  Params: { id: string };
}

interface WithRun {
  Querystring: { run?: string; service?: string };
}

const ASK_AGAIN_S = 45;
/** Questions a second of one key. */
const RATE_OF_MANY = 50_000;
const changeStream = mediaAnswer(
  'text/event-stream',
  '`event: changed` with the etag of the new config, and over how many milliseconds those who hear it spread their questions.',
);

/** What processes with a gate ask, and who opens it for a request. */
export function addTracingRoutes(app: FastifyInstance, gate: HubGate, projects: HubProjects): void {
  app.get<WithRun>(
    '/tracing/config',
    askedByMany(
      route(['ingest', 'read'], {
        summary: 'Which requests are to be sent',
        querystring: configParams,
        answer: tracingConfigAnswer,
      }),
    ),
    (request, reply) => {
      const { run, service } = request.query;
      if (run !== undefined) gate.listeners.heard(run.toLowerCase(), service);
      const { text, etag } = gate.heat.config();
      reply.header('etag', `"${etag}"`);
      if (request.headers['if-none-match'] === `"${etag}"`) return reply.code(304).send();
      return reply.type('application/json').send(text);
    },
  );

  app.get<{ Querystring: { project?: string } }>(
    '/tracing/changes',
    askedByMany(
      route(['ingest', 'read'], {
        summary: 'When that changes, or a project',
        querystring: changesParams,
        answer: changeStream,
      }),
    ),
    (request, reply) => {
      const { project } = request.query;
      const changes = project === undefined ? gate.changes : projects.streamsOf(project);
      changes.add(() => hijacked(reply));
      return reply;
    },
  );

  app.get(
    '/tracing/status',
    readRoute('Which requests are open, and why', tracingStatusAnswer),
    (_request, reply) => reply.type('application/json').send(JSON.stringify(statusOf(gate))),
  );

  app.post<WithId>(
    '/tracing/enable/:id',
    readRoute('Makes a request HOT', heatAnswer, undefined, heatPath),
    async (request, reply) => {
      const { id } = request.params;
      const { previous, current, retryAfterMs } = gate.open(id, 'enable', askerOf(request));
      if (retryAfterMs !== undefined) {
        const { heatsPerMinute } = gate.heat.options;
        throw new Problem('rate_limited', `a key opens ${heatsPerMinute} requests in a minute`, {
          retryAfterS: Math.ceil(retryAfterMs / 1000),
        });
      }
      return reply.send({ id, previous_state: previous, current_state: current });
    },
  );

  app.post<WithId>(
    '/tracing/disable/:id',
    readRoute('Makes a request COLD', heatAnswer, undefined, heatPath),
    async (request, reply) => {
      const { id } = request.params;
      return reply.send({ id, previous_state: gate.shut(id), current_state: 'COLD' });
    },
  );
}

/** A route that thousands of processes with one key ask at the same moment: its answer is in memory. */
function askedByMany<R extends { config: object }>(options: R): R {
  const max = ({ scopes }: FastifyRequest): number =>
    scopes === undefined ? RATE_WITHOUT_KEY : RATE_OF_MANY;
  return { ...options, config: { ...options.config, rateLimit: { max } } };
}

/**
 * Opens the gate for a request that somebody looks at. What is said of it when it was COLD; undefined when it was not, or
 * when no process has a gate.
 */
export function hintFor(
  gate: HubGate,
  id: string,
  request: FastifyRequest,
): Typed<typeof hint, bigint> | undefined {
  const { mode } = gate.heat.options;
  if (mode === 'off' || id.length > GATE_ID_MAX || !isOpening(request)) return undefined;
  const { previous, current, retryAfterMs } = gate.open(id, 'get', askerOf(request));
  const listeners = gate.listeners.liveCount;
  if (previous !== 'COLD' || listeners === 0) return undefined;
  const who = listeners === 1 ? '1 process is' : `${listeners} processes are`;
  return {
    previous_state: previous,
    current_state: current,
    message:
      retryAfterMs === undefined
        ? `nobody had asked for this request: ${who} asked now for what they still have of it`
        : `too many requests were asked for in this minute: this one stays COLD`,
    retry_after_seconds: retryAfterMs === undefined ? ASK_AGAIN_S : Math.ceil(retryAfterMs / 1000),
  };
}

/** What a browser fetches ahead nobody has looked at, and a page that is refreshed has been opened before. */
function isOpening({ headers }: FastifyRequest): boolean {
  const purposes = [headers['sec-purpose'], headers.purpose];
  if (purposes.some((value) => /prefetch/i.test(String(value)))) return false;
  return headers[PAGE_HEADER] === undefined || headers[PAGE_HEADER] === 'open';
}

/** Whose budget a question is of: a hash of the key, which is kept nowhere. */
function askerOf({ givenKey, ip }: FastifyRequest): string {
  return createHash('sha256')
    .update(givenKey ?? ip)
    .digest('base64');
}

function statusOf({ heat, listeners }: HubGate): Typed<typeof tracingStatusAnswer, bigint> {
  return {
    mode: heat.options.mode,
    hot: heat.hotCount,
    warm: heat.warmCount,
    listeners: listeners
      .list()
      .map(({ run, service, isLive }) => ({ run, service, is_live: isLive })),
    items: heat.list().map(({ id, state, cause, since, remainingMs }) => ({
      id,
      state,
      cause,
      remaining_seconds: Math.round(remainingMs / 100) / 10,
      answered: state === 'HOT' ? listeners.answersTo(id, since).size : undefined,
    })),
  };
}
