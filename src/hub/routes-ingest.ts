import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ATTEMPT_HEADER } from '../wire/attempt-headers.js';
import type { BodyEncoding } from './append-messages.js';
import type { AppendQueue } from './append-queue.js';
import { receiveBody } from './body-room.js';
import { requireReleased } from './hold.js';
import type { HubProjects } from './hub-projects.js';
import { Problem } from './problem.js';
import { bodyMaxOf } from './read-body.js';
import { route } from './route-schema.js';
import { ingestAnswer } from './schemas/answers.js';
import { ingestBody, singleBody } from './schemas/bodies.js';

/** Says that the batch has errors, for which there is room when there is none for others. */
const ERRORS_HEADER = 'x-aegis-errors';

/**
 * What comes in. Its bodies are read by the thread that stores them.
 *
 * @param isShared - whether other hubs may have the same store.
 */
export async function addIngestRoutes(
  app: FastifyInstance,
  queue: AppendQueue,
  projects: HubProjects,
  isShared: boolean,
): Promise<void> {
  // Its own scope: only here a body is received without being read.
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      async (request: FastifyRequest, payload: IncomingMessage) => {
        // Refused before anything is received.
        encodingOf(request);
        if (isShared) requireReleased(request);
        const most = bodyMaxOf('batch');
        return receiveBody(payload, queue.room, {
          most,
          hasErrors: hasErrors(request),
        });
      },
    );
    const ingest =
      (form: 'batch' | 'single') => async (request: FastifyRequest, reply: FastifyReply) => {
        const { body } = request;
        if (!(body instanceof Uint8Array) || body.length === 0) {
          throw new Problem('invalid', 'the body must be a batch: see the guide of the hub');
        }
        const suppressedFor = suppressedProject(request, projects);
        const isFirst = request.headers[ATTEMPT_HEADER] === 'first';
        const kind = { encoding: encodingOf(request), form, suppressedFor, isFirst };
        const text = await queue.append(body, kind);
        return reply.type('application/json').send(text);
      };
    // The schemas of bodies are for readers of the documentation: this thread parses none.
    const unread = { validatorCompiler: () => () => true };
    const batches = { summary: 'Stores events', body: ingestBody, answer: ingestAnswer };
    const one = { summary: 'Stores one event', body: singleBody, answer: ingestAnswer };
    scope.post('/ingest', { ...route(['ingest'], batches), ...unread }, ingest('batch'));
    scope.post('/ingest/single', { ...route(['ingest'], one), ...unread }, ingest('single'));
    done();
  });
}

/** The project of the key, when it is off. */
export const suppressedProject = (
  { project }: FastifyRequest,
  projects: HubProjects,
): string | undefined => (projects.isTraced(project) ? undefined : project);

const hasErrors = ({ headers }: FastifyRequest): boolean => headers[ERRORS_HEADER] !== undefined;

/** @throws Problem `unsupported_media_type`. */
export function encodingOf({ headers }: FastifyRequest): BodyEncoding {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity' || encoding === 'gzip') return encoding;
  throw new Problem('unsupported_media_type', 'the content-encoding must be gzip or none');
}
