import type { FastifyReply } from 'fastify';
import type { HubScope } from './options.js';
import { PROBLEM_TYPE } from './problem.js';
import { problemAnswer } from './schemas/answers.js';
import { noParams } from './schemas/params.js';

// What a route is registered with: who may ask, what is checked of a request, and what stands in `/openapi.json`.

const problem = {
  description: 'A problem (RFC 9457)',
  content: { [PROBLEM_TYPE]: { schema: problemAnswer } },
} as const;

/** An answer that is no JSON. */
export function mediaAnswer(type: string, description: string) {
  return { description, content: { [type]: { schema: { type: 'string' } } } };
}

/** Server-sent events. */
export const eventStream = mediaAnswer(
  'text/event-stream',
  'An event each: `data` as in `/recent`, `id` to go on from with Last-Event-ID; `event: gap` with how many were missed.',
);

/** From here on the response is written by hand. */
export function hijacked(reply: FastifyReply) {
  reply.hijack();
  return reply.raw;
}

/** A route; without scopes it is open. */
export function route(
  scopes: readonly HubScope[] | undefined,
  schema: {
    summary: string;
    querystring?: object;
    params?: object;
    body?: object;
    answer: object;
    /** Default: a problem. */
    failure?: object;
  },
) {
  const { answer, querystring = noParams, failure = problem, ...rest } = schema;
  const ok = 'content' in answer ? answer : { description: 'The answer', ...answer };
  const isOpen = scopes === undefined;
  return {
    config: isOpen ? {} : { scopes },
    schema: {
      ...rest,
      querystring,
      response: { 200: ok, default: failure },
      security: isOpen ? [] : [{ key: [...scopes] }],
    },
  };
}

/** A route that is asked with the scope `read`. */
export function readRoute(
  summary: string,
  answer: object,
  querystring: object = noParams,
  params?: object,
) {
  return route(['read'], { summary, answer, querystring, ...(params && { params }) });
}
