import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { HubKeys } from './keys.js';
import { type PageFile, readPageFiles } from './page-files.js';
import { Problem } from './problem.js';
import { readRoute, route } from './route-schema.js';
import { linkAnswer, sessionAnswer } from './schemas/answers.js';
import { sessionBody } from './schemas/bodies.js';
import type { Typed } from './schemas/typed.js';
import type { Grant, Sessions } from './sessions.js';

/** What the page may load and do: its own files, nothing from elsewhere, and no text becomes code. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
const INDEX = 'index.html';
/** Not in the OpenAPI document: what a browser loads. */
const HIDDEN: object = { schema: { hide: true } };
const ASSETS = 'assets/';
const IMMUTABLE = 'public, max-age=31536000, immutable';

export interface PageParts {
  readonly keys: HubKeys;
  readonly sessions: Sessions;
  /** Whether nothing may be changed: what is shown is a file. */
  readonly isReadOnly: boolean;
  /** What is shown, for people. */
  readonly title: string;
  /** What is said of it, such as what is missing. */
  readonly note: string | undefined;
}

/** The page, and who looks at it. */
export function addPageRoutes(app: FastifyInstance, parts: PageParts): void {
  const files = readPageFiles();
  const { sessions } = parts;

  app.get('/ui', HIDDEN, (_request, reply) => reply.redirect('/ui/'));
  app.get<{ Params: { '*': string } }>('/ui/*', HIDDEN, (request, reply) => {
    const path = request.params['*'];
    // Whatever is no file is a place in the page.
    const name = path.startsWith(ASSETS) ? path : INDEX;
    const file = files.get(name);
    if (file === undefined) {
      const what = files.size === 0 ? 'the page was not built' : `there is no ${path}`;
      throw new Problem('not_found', what);
    }
    return sendFile(request, reply, file, name === INDEX);
  });

  const answerOf = ({ scopes }: Grant): Typed<typeof sessionAnswer, bigint> => ({
    scopes,
    title: parts.title,
    note: parts.note,
    is_read_only: parts.isReadOnly,
  });

  app.get(
    '/ui/session',
    readRoute('What whoever looks at the page may do', sessionAnswer),
    async ({ scopes = [], project }, reply) => reply.send(answerOf({ scopes, project })),
  );

  app.post<{ Body: { key?: string; token?: string } }>(
    '/ui/session',
    route(undefined, {
      summary: 'Opens a session of the page, with a key or the token of a link',
      body: sessionBody,
      answer: sessionAnswer,
    }),
    async (request, reply) => {
      const { key, token } = request.body;
      const grant = key === undefined ? sessions.spendLink(token ?? '') : parts.keys.find(key);
      if (grant === undefined) {
        const what =
          key === undefined ? 'the link was used, or is too old' : 'the key is not known';
        throw new Problem('unauthorized', what);
      }
      if (!grant.scopes.includes('read')) {
        throw new Problem('forbidden', 'the page needs a key of the scope read');
      }
      const isSecure = request.protocol === 'https';
      reply.header('set-cookie', sessions.cookieFor(sessions.open(grant), isSecure));
      return reply.send(answerOf(grant));
    },
  );

  app.delete(
    '/ui/session',
    readRoute('Ends a session of the page', sessionAnswer),
    async (request, reply) => {
      sessions.close(sessions.tokenIn(request.headers.cookie) ?? '');
      reply.header('set-cookie', sessions.cookieFor(undefined, request.protocol === 'https'));
      return reply.send(answerOf({ scopes: [], project: undefined }));
    },
  );

  app.post(
    '/ui/link',
    readRoute('Makes a link to the page that is good once, for five minutes', linkAnswer),
    async ({ scopes = [], project }, reply) =>
      reply.send({ path: sessions.makeLink({ scopes, project }) }),
  );
}

function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, bytes, gzip }: PageFile,
  isIndex: boolean,
): FastifyReply {
  const isPacked = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (isPacked) reply.header('content-encoding', 'gzip');
  return reply
    .type(type)
    .header('vary', 'accept-encoding')
    .header('cache-control', isIndex ? 'no-cache' : IMMUTABLE)
    .header('content-security-policy', POLICY)
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-opener-policy', 'same-origin')
    .send(isPacked ? gzip : bytes);
}
