import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BodyType } from '../append-messages.js';
import type { AppendQueue } from '../append-queue.js';
import { receiveBody } from '../body-room.js';
import type { HubProjects } from '../hub-projects.js';
import type { OtlpForm } from '../ingest-body.js';
import type { Problem } from '../problem.js';
import { bodyMaxOf } from '../read-body.js';
import { route } from '../route-schema.js';
import { encodingOf, suppressedProject } from '../routes-ingest.js';
import type { TypedBody } from '../server.js';
import { exportAnswer, OTLP_TYPES, statusAnswer } from './otlp-answer.js';
import { logsBody, otlpAnswer, otlpStatus, tracesBody } from './schemas-otlp.js';

/** Where a client of OpenTelemetry sends, and where clients of Langfuse send the same. */
export const OTLP_PATHS: Readonly<Record<string, OtlpForm>> = {
  '/v1/traces': 'traces',
  '/v1/logs': 'logs',
  '/api/public/otel/v1/traces': 'traces',
};

/** OTLP over HTTP. Answers and errors, which are a google.rpc.Status, come in the encoding of the request. */
export async function addOtlpRoutes(
  app: FastifyInstance,
  queue: AppendQueue,
  projects: HubProjects,
): Promise<void> {
  await app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      Object.values(OTLP_TYPES),
      async (request: FastifyRequest, payload: IncomingMessage) => {
        encodingOf(request); // refused before anything is received
        const most = Math.min(bodyMaxOf('traces'), queue.room.limitOf(false));
        return receiveBody(payload, queue.room, { most, hasErrors: false });
      },
    );
    const unread = { validatorCompiler: () => () => true };
    for (const [path, form] of Object.entries(OTLP_PATHS)) {
      const isTraces = form === 'traces';
      const { config, ...rest } = route(['ingest'], {
        summary: isTraces ? 'Stores spans (OTLP)' : 'Stores log records (OTLP)',
        body: isTraces ? tracesBody : logsBody,
        answer: otlpAnswer,
        failure: otlpStatus,
      });
      const options = { ...rest, ...unread, config: { ...config, formatProblem } };
      scope.post(path, options, async (request, reply) => {
        const type = typeOf(request);
        const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
        const suppressedFor = suppressedProject(request, projects);
        const kind = { encoding: encodingOf(request), form, type, suppressedFor };
        const text = await queue.append(body, kind);
        return reply.type(OTLP_TYPES[type]).send(exportAnswer(JSON.parse(text), form, type));
      });
    }
    done();
  });
}

function formatProblem(problem: Problem, request: FastifyRequest): TypedBody {
  const type = typeOf(request);
  return { type: OTLP_TYPES[type], body: statusAnswer(problem, type) };
}

/** What a client cannot be understood in is answered in JSON. */
function typeOf({ headers }: FastifyRequest): BodyType {
  return headers['content-type']?.startsWith(OTLP_TYPES.protobuf) ? 'protobuf' : 'json';
}
