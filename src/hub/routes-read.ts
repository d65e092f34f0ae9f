import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decodePosition, type StorePosition } from '../store/position.js';
import { formatExactJson } from '../wire/exact-json.js';
import { type ParsedParams, parseParams } from '../wire/query-params.js';
import { judgeChain } from './completeness.js';
import type { HubGate } from './hub-gate.js';
import type { HubStatus } from './hub-status.js';
import { Problem } from './problem.js';
import type { Question } from './query-messages.js';
import type { QueryPool } from './query-pool.js';
import { eventStream, hijacked, readRoute } from './route-schema.js';
import { hintFor } from './routes-tracing.js';
import {
  chainAnswer,
  correlationsAnswer,
  graphAnswer,
  overviewAnswer,
  percentilesAnswer,
  processesAnswer,
  recentAnswer,
  sourcesAnswer,
  statsAnswer,
  trendAnswer,
} from './schemas/answers.js';
import { event } from './schemas/event.js';
import {
  chainParams,
  correlationsParams,
  eventPath,
  noParams,
  overviewParams,
  percentilesParams,
  rangeParams,
  recentParams,
  requestPath,
  runPath,
  streamParams,
  trendParams,
} from './schemas/params.js';
import { runAnswer } from './schemas/run.js';
import type { Sources } from './sources.js';
import type { Tails } from './tails.js';

interface WithId {
  Params: { id: string };
}

interface WithPlace {
  Params: { run: string; lane: number; sequence: number };
}

export interface ReadParts {
  readonly queries: QueryPool;
  readonly tails: Tails;
  readonly sources: Sources;
  readonly gate: HubGate;
  readonly status: HubStatus;
}

/** What is asked. */
export function addReadRoutes(
  app: FastifyInstance,
  { queries, tails, sources, gate, status }: ReadParts,
): void {
  const ask = async (reply: FastifyReply, question: Question): Promise<FastifyReply> =>
    reply.type('application/json').send(Buffer.from((await queries.ask(question)).buffer));

  /** What is known before events are read: an answer that comes meanwhile is of events that come meanwhile. */
  const knownNow = () => ({
    sources: sources.accounted(),
    unheard: sources.unheard(),
    listeners: gate.gated(),
    hasForgotten: sources.hasForgotten || gate.listeners.forgotten > 0,
  });
  const answersTo = (id: string) => gate.listeners.answersTo(id, gate.heat.sinceOf(id));

  app.get('/recent', readRoute('Newest events', recentAnswer, recentParams), (request, reply) =>
    ask(reply, { kind: 'recent', query: paramsOf(request, recentParams) }),
  );

  app.get(
    '/recent/stream',
    readRoute('Events as they come', eventStream, streamParams),
    async (request, reply) => {
      const { status_events: isToldStatus } = request.query as { status_events: boolean };
      const { from, to, limit, cursor, order, ...filter } = paramsOf(request, streamParams);
      await tails.add(() => hijacked(reply), filter, lastEventIdOf(request));
      if (isToldStatus) status.follow(reply.raw);
      return reply;
    },
  );

  app.get<WithId>(
    '/traces/:id',
    readRoute('The chain of a request', chainAnswer, chainParams, requestPath),
    async (request, reply) => {
      const { id } = request.params;
      const isBrief = searchOf(request).get('fields') === 'brief';
      const known = knownNow();
      const answers = answersTo(id);
      const hint = hintFor(gate, id, request);
      const body = new Readable({ read() {} });
      body.push(`{"id":${JSON.stringify(id)},"items":[`);
      let begin: () => void = () => {};
      const hasBegun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const found = queries.chain(id, isBrief, (part) => {
        body.push(part);
        begin();
      });
      const hasEnded = found.then((chain) => {
        const { complete, ...account } = judgeChain({ ...known, answers }, chain);
        body.push(`],"complete":"${complete}","account":${formatExactJson(account)}`);
        body.push(hint === undefined ? '}' : `,"adaptive_hint":${JSON.stringify(hint)}}`);
        body.push(null);
      });
      hasEnded.catch((error: Error) => body.destroy(error));
      // Before anything of it is there, a problem can be answered as one.
      await Promise.race([hasBegun, hasEnded]);
      return reply.type('application/json').send(body);
    },
  );

  app.get<WithId>(
    '/traces/:id/stream',
    readRoute('Events of a request as they come', eventStream, noParams, requestPath),
    async (request, reply) => {
      const filter = { requestId: request.params.id };
      await tails.add(() => hijacked(reply), filter, lastEventIdOf(request));
      return reply;
    },
  );

  app.get<WithPlace>(
    '/events/:run/:lane/:sequence',
    readRoute('An event with all its values', event, noParams, eventPath),
    async (request, reply) => {
      const { run, lane, sequence } = request.params;
      const found = await queries.ask({ kind: 'event', run: run.toLowerCase(), lane, sequence });
      if (found.length > 0) return reply.type('application/json').send(Buffer.from(found.buffer));
      throw new Problem('not_found', 'there is no such event, or it was purged');
    },
  );

  app.get<{ Params: { run: string } }>(
    '/runs/:run',
    readRoute('A run: which program, and its clock', runAnswer, noParams, runPath),
    async (request, reply) => {
      const found = await queries.ask({ kind: 'run', run: request.params.run.toLowerCase() });
      if (found.length > 0) return reply.type('application/json').send(Buffer.from(found.buffer));
      throw new Problem('not_found', 'there is nothing of such a run');
    },
  );

  app.get(
    '/correlations',
    readRoute('One line a request', correlationsAnswer, correlationsParams),
    async (request, reply) => {
      const { order: _order, requestId: _id, ...query } = paramsOf(request, correlationsParams);
      const known = knownNow();
      const { items, next = null } = await queries.requests(query);
      const texts = items.map(({ id, text, runs }) => {
        const chain = { runs, isCut: false };
        return `${text},"complete":"${judgeChain({ ...known, answers: answersTo(id) }, chain).complete}"}`;
      });
      const text = `{"items":[${texts.join(',')}],"next":${JSON.stringify(next)}}`;
      return reply.type('application/json').send(text);
    },
  );

  app.get('/processes', readRoute('Processes', processesAnswer, rangeParams), (request, reply) =>
    ask(reply, { kind: 'processes', range: rangeOf(request) }),
  );

  app.get(
    '/percentiles',
    readRoute('How long the events of a process took', percentilesAnswer, percentilesParams),
    (request, reply) => {
      const process = searchOf(request).get('process') as string;
      return ask(reply, { kind: 'percentiles', process, range: rangeOf(request) });
    },
  );

  app.get('/trend', readRoute('Counts over time', trendAnswer, trendParams), (request, reply) => {
    const { buckets } = request.query as { buckets: number };
    return ask(reply, { kind: 'trend', range: rangeOf(request), buckets });
  });

  app.get(
    '/overview',
    readRoute(
      'Counts and percentiles of whole minutes, and the processes',
      overviewAnswer,
      overviewParams,
    ),
    (request, reply) => {
      const { buckets } = request.query as { buckets: number };
      const process = searchOf(request).get('process') ?? undefined;
      return ask(reply, { kind: 'overview', range: rangeOf(request), buckets, process });
    },
  );

  app.get('/graph', readRoute('Who calls whom', graphAnswer, rangeParams), (request, reply) =>
    ask(reply, { kind: 'graph', range: rangeOf(request) }),
  );

  app.get('/stats', readRoute('What the database holds', statsAnswer), (_request, reply) =>
    ask(reply, { kind: 'stats' }),
  );

  app.get('/stats/sources', readRoute('Who sends', sourcesAnswer), async (_request, reply) =>
    reply.type('application/json').send(formatExactJson({ items: sources.toJson() })),
  );
}

function searchOf(request: FastifyRequest): URLSearchParams {
  const [, search = ''] = /\?(.*)$/s.exec(request.url) ?? [];
  return new URLSearchParams(search);
}

/** @throws ParameterError. */
function paramsOf(request: FastifyRequest, { properties }: { properties: object }): ParsedParams {
  return parseParams(searchOf(request), Object.keys(properties));
}

/** @throws ParameterError. */
function rangeOf(request: FastifyRequest): { from?: bigint | undefined; to?: bigint | undefined } {
  const range = [...searchOf(request)].filter(([name]) => name === 'from' || name === 'to');
  const { from, to } = parseParams(range, ['from', 'to']);
  return { from, to };
}

/** From where a client goes on that had a stream before. @throws Problem. */
function lastEventIdOf(request: FastifyRequest): StorePosition | undefined {
  const id = request.headers['last-event-id'];
  if (typeof id !== 'string') return undefined;
  try {
    return decodePosition(id);
  } catch {
    // Not one of ours: as good as one of a database that is no longer there, which is told as a gap.
    return { database: '00000000-0000-0000-0000-000000000000', number: 0 };
  }
}
