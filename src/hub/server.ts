import rateLimit from '@fastify/rate-limit';
import type { ErrorObject } from 'ajv';
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { operationPlugin } from '../context/fastify-plugin.js';
import { TraceError } from '../errors.js';
import { ParameterError } from '../wire/query-params.js';
import { isKnownHost } from './host-check.js';
import type { HubKeys } from './keys.js';
import type { HubScope } from './options.js';
import { PROBLEM_TYPE, Problem, type ProblemCode } from './problem.js';
import { SteadyRateStore } from './rate-store.js';
import { checkOf, schemaProblem } from './schema-problem.js';
import type { Sessions } from './sessions.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A key with any of them is needed; none: the route is open. */
    scopes?: readonly HubScope[];
    /** How a client of the route is told of a problem. Default: `application/problem+json`. */
    formatProblem?: (problem: Problem, request: FastifyRequest) => TypedBody;
  }
  interface FastifyRequest {
    /** The key that was sent, whether it is one of the hub's or not; of the page, the token of its session. */
    givenKey: string | undefined;
    /** Of that key; undefined when it is not one of the hub's. */
    scopes: readonly HubScope[] | undefined;
    /** That this key is of. */
    project: string | undefined;
  }
}

/** A body of an answer, with its content type. */
export interface TypedBody {
  readonly type: string;
  readonly body: string | Buffer;
}

/** What the page sends with each request: `open` when somebody opens something, `look` for everything else. */
export const PAGE_HEADER = 'x-aegis-page';
/** Of bodies that are read here: those of operators. */
const BODY_MAX = 64 * 1024;
/** Longer ids are 404 otherwise. */
const PARAM_MAX = 10_240;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/**
 * Of a connection on which nothing moves: one that never reads its answer keeps that in memory. Node lets it have
 * twice that, because at first the system's buffers take some.
 */
const SILENCE_TIMEOUT_MS = 30_000;
/** How often connections are looked at. Node's own 30 s let a request of a byte a second have forty. */
const CHECK_MS = 1_000;
/** Requests a second of one key, or of one address without one that is known: keys are not to be guessed. */
const RATE_WITH_KEY = 5_000;
export const RATE_WITHOUT_KEY = 100;

/** What a server is built of, beside its routes. */
export interface ServerOptions {
  readonly keys: HubKeys;
  readonly sessions: Sessions;
  /** Whether nothing may be taken in or changed. */
  readonly isReadOnly: boolean;
  /** In lower case: where older clients have their key. */
  readonly secretHeader: string | undefined;
  readonly allowHosts: readonly string[];
  readonly trustProxy: readonly string[];
  /** Told of every answer. */
  readonly onAnswer: (method: string, route: string, status: number, ms: number) => void;
  /** Told of what should not have happened. */
  readonly onFailure: (error: unknown) => void;
}

/** A server that knows who asks, what may be sent, and how errors are answered; routes are added to it. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: BODY_MAX,
    routerOptions: { maxParamLength: PARAM_MAX },
    exposeHeadRoutes: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: SILENCE_TIMEOUT_MS,
    http: { connectionsCheckingInterval: CHECK_MS },
    forceCloseConnections: 'idle',
    trustProxy: options.trustProxy.length > 0 && [...options.trustProxy],
  });
  const keyOf = ({ headers }: FastifyRequest): string | undefined => {
    const [, scheme, given = ''] =
      /^(Bearer|Basic) +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    const { secretHeader } = options;
    if (scheme !== undefined) return /basic/i.test(scheme) ? passwordOf(given) : given;
    return secretHeader && (headers[secretHeader] as string | undefined);
  };
  /** A cookie counts only with a header that no page of another site can send. */
  const sessionOf = ({ headers }: FastifyRequest): string | undefined =>
    headers[PAGE_HEADER] === undefined ? undefined : options.sessions.tokenIn(headers.cookie);
  app.server.headersTimeout = HEADERS_TIMEOUT_MS;
  await app.register(operationPlugin);
  app.decorateRequest('givenKey', undefined);
  app.decorateRequest('scopes', undefined);
  app.decorateRequest('project', undefined);
  app.addHook('onRequest', async (request) => {
    request.givenKey = keyOf(request) ?? sessionOf(request);
    const given = request.givenKey ?? '';
    const known = options.keys.find(given) ?? options.sessions.find(given);
    request.scopes = known?.scopes;
    request.project = known?.project;
    if (!isKnownHost(request.host, options.allowHosts)) {
      throw new Problem('misdirected', 'the Host header names another machine: see --allow-host');
    }
  });
  await app.register(rateLimit, {
    timeWindow: 1_000,
    store: SteadyRateStore,
    max: ({ scopes }) => (scopes === undefined ? RATE_WITHOUT_KEY : RATE_WITH_KEY),
    keyGenerator: ({ scopes, givenKey, ip }) => (scopes === undefined ? ip : (givenKey as string)),
    errorResponseBuilder: () =>
      new Problem('rate_limited', 'too many requests in a second', { retryAfterS: 1 }),
  });
  // After the limit, whose hook is of each route; before anything is read.
  app.addHook('preParsing', async (request) => {
    requireScope(request);
    const { scopes } = request.routeOptions.config;
    if (options.isReadOnly && scopes !== undefined && !scopes.includes('read')) {
      throw new Problem('forbidden', 'what is shown is a file: nothing is taken in or changed');
    }
  });
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(({ schema, httpPart = '' }) => checkOf(httpPart, schema as object));
  // Answers are written by hand, exact.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  app.addHook('onResponse', async (request, reply) => {
    const { url = 'none' } = request.routeOptions;
    options.onAnswer(request.method, url, reply.statusCode, reply.elapsedTime);
  });
  app.setNotFoundHandler(async (request) => {
    throw new Problem('not_found', `there is no ${request.method} ${pathOf(request)}`);
  });
  app.setErrorHandler(async (error: unknown, request, reply) => {
    const problem = problemOf(error, options.onFailure);
    if (problem.retryAfterS !== undefined) reply.header('retry-after', problem.retryAfterS);
    if (problem.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
    const { formatProblem = problemJson } = request.routeOptions.config;
    const { type, body } = formatProblem(problem, request);
    return reply.code(problem.status).type(type).send(body);
  });
  return app;
}

const problemJson = (problem: Problem): TypedBody => ({
  type: PROBLEM_TYPE,
  body: problem.toText(),
});

/** Of `name:password` in base64: clients of Langfuse send a key so, and whoever has a password field for it. */
function passwordOf(given: string): string {
  return Buffer.from(given, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
}

/** @throws Problem. */
function requireScope({ routeOptions, givenKey, scopes: had }: FastifyRequest): void {
  const { scopes } = routeOptions.config;
  // What is not there is nobody's secret.
  if (scopes === undefined) return;
  if (had === undefined) {
    const what = givenKey === undefined ? 'send Authorization: Bearer KEY' : 'the key is not known';
    throw new Problem('unauthorized', what);
  }
  if (!scopes.some((scope) => had.includes(scope))) {
    throw new Problem('forbidden', `the key has not the scope ${scopes.join(' or ')}`);
  }
}

function pathOf({ url }: FastifyRequest): string {
  return url.replace(/\?.*/s, '').slice(0, 200);
}

/** Codes of fastify for what a client did. */
const FASTIFY_PROBLEMS: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
};

function problemOf(error: unknown, onFailure: (error: unknown) => void): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ParameterError) {
    const { parameter, message } = error;
    return new Problem('invalid', message, { errors: [{ path: parameter, message }] });
  }
  if (error instanceof TraceError && error.code === 'ERR_TRACE_QUERY') {
    return new Problem('invalid', error.message);
  }
  const {
    code = '',
    statusCode = 500,
    message,
    validation,
    validationContext,
  } = error as FastifyError;
  if (validation !== undefined) {
    return schemaProblem(validationContext ?? '', validation as ErrorObject[]);
  }
  const known = FASTIFY_PROBLEMS[code];
  if (known !== undefined) return new Problem(known, message);
  if (statusCode < 500) return new Problem('invalid', message);
  onFailure(error);
  return new Problem('internal', 'see the log of the hub');
}
