import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decodePosition, type StorePosition } from '../store/position.js';
import { formatExactJson } from '../wire/exact-json.js';
import {
  FILTER_PARAM_NAMES,
  PAGE_PARAM_NAMES,
  ParameterError,
  type ParsedParams,
  parseParams,
} from '../wire/query-params.js';
import { judgeChain } from './completeness.js';
import type { Question } from './query-messages.js';
import type { QueryPool } from './query-pool.js';
import type { Sources } from './sources.js';
import type { Tails } from './tails.js';

const RANGE_NAMES = ['from', 'to'];
const BUCKETS_DEFAULT = 60;
const READ = { config: { scopes: ['read'] } } as const;

interface WithId {
  Params: { id: string };
}

/** What is asked. */
export function addReadRoutes(
  app: FastifyInstance,
  queries: QueryPool,
  tails: Tails,
  sources: Sources,
): void {
  const ask = async (reply: FastifyReply, question: Question): Promise<FastifyReply> =>
    reply.type('application/json').send(Buffer.from((await queries.ask(question)).buffer));

  app.get('/recent', READ, async (request, reply) => {
    const query = paramsOf(request, [...FILTER_PARAM_NAMES, ...PAGE_PARAM_NAMES]);
    return ask(reply, { kind: 'recent', query });
  });

  app.get('/recent/stream', READ, async (request, reply) => {
    const names = FILTER_PARAM_NAMES.filter((name) => !RANGE_NAMES.includes(name));
    const {
      from: _from,
      to: _to,
      limit: _limit,
      cursor: _cursor,
      order: _order,
      ...filter
    } = paramsOf(request, names);
    const position = lastEventIdOf(request);
    await tails.add(() => hijacked(reply), filter, position);
    return reply;
  });

  app.get<WithId>('/traces/:id', READ, async (request, reply) => {
    paramsOf(request, []);
    const { id } = request.params;
    const chain = await queries.chain(id);
    const { complete, ...account } = judgeChain(sources.accounted(), chain);
    const text =
      `{"id":${JSON.stringify(id)},${chain.items},"complete":"${complete}",` +
      `"account":${formatExactJson(account)}}`;
    return reply.type('application/json').send(text);
  });

  app.get<WithId>('/traces/:id/stream', READ, async (request, reply) => {
    paramsOf(request, []);
    const position = lastEventIdOf(request);
    await tails.add(() => hijacked(reply), { requestId: request.params.id }, position);
    return reply;
  });

  app.get('/correlations', READ, async (request, reply) => {
    const names = [...FILTER_PARAM_NAMES, 'limit', 'cursor'].filter((name) => name !== 'request');
    const { order: _order, requestId: _id, ...query } = paramsOf(request, names);
    return ask(reply, { kind: 'requests', query });
  });

  app.get('/processes', READ, async (request, reply) =>
    ask(reply, { kind: 'processes', range: rangeOf(paramsOf(request, RANGE_NAMES)) }),
  );

  app.get('/percentiles', READ, async (request, reply) => {
    const { process, ...params } = paramsOf(request, ['process', ...RANGE_NAMES]);
    if (typeof process !== 'string') throw new ParameterError('process', 'it must be there');
    return ask(reply, { kind: 'percentiles', process, range: rangeOf(params) });
  });

  app.get('/trend', READ, async (request, reply) => {
    const { buckets, rest } = bucketsOf(request);
    const range = rangeOf(parseParams(rest, RANGE_NAMES));
    return ask(reply, { kind: 'trend', range, buckets });
  });

  app.get('/graph', READ, async (request, reply) =>
    ask(reply, { kind: 'graph', range: rangeOf(paramsOf(request, RANGE_NAMES)) }),
  );

  app.get('/stats', READ, async (request, reply) => {
    paramsOf(request, []);
    return ask(reply, { kind: 'stats' });
  });

  app.get('/stats/sources', READ, async (request, reply) => {
    paramsOf(request, []);
    const items = sources.toJson();
    return reply.type('application/json').send(formatExactJson({ items }));
  });
}

function searchOf(request: FastifyRequest): URLSearchParams {
  const [, search = ''] = /\?(.*)$/s.exec(request.url) ?? [];
  return new URLSearchParams(search);
}

/** @throws ParameterError. */
function paramsOf(request: FastifyRequest, allowed: readonly string[]): ParsedParams {
  return parseParams(searchOf(request), allowed);
}

function rangeOf({ from, to }: ParsedParams): {
  from?: bigint | undefined;
  to?: bigint | undefined;
} {
  return { from, to };
}

function bucketsOf(request: FastifyRequest): { buckets: number; rest: URLSearchParams } {
  const rest = searchOf(request);
  const text = rest.get('buckets');
  rest.delete('buckets');
  const buckets = text === null ? BUCKETS_DEFAULT : Number(text);
  if (Number.isInteger(buckets) && buckets >= 2 && buckets <= 1000) return { buckets, rest };
  throw new ParameterError('buckets', 'it must be an integer from 2 to 1000');
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

/** From here on the response is written by hand. */
function hijacked(reply: FastifyReply) {
  reply.hijack();
  return reply.raw;
}
