import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BodyEncoding } from './append-messages.js';
import type { AppendQueue } from './append-queue.js';
import { Problem } from './problem.js';

/** Says that the batch has errors, for which there is room when there is none for others. */
const ERRORS_HEADER = 'x-aegis-errors';

/** What comes in. */
export function addIngestRoutes(app: FastifyInstance, queue: AppendQueue): void {
  app.post('/ingest', { config: { scopes: ['ingest'] } }, async (request, reply) => {
    const { body } = request;
    if (!(body instanceof Uint8Array) || body.length === 0) {
      throw new Problem('invalid', 'the body must be a batch: see the guide of the hub');
    }
    const hasErrors = request.headers[ERRORS_HEADER] !== undefined;
    const text = await queue.append(ownBytes(body), encodingOf(request), hasErrors);
    return reply.type('application/json').send(text);
  });
}

function encodingOf({ headers }: FastifyRequest): BodyEncoding {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity' || encoding === 'gzip') return encoding;
  throw new Problem('unsupported_media_type', 'the content-encoding must be gzip or none');
}

/** Bytes that can be given away: those of a small body lie in memory that others share. */
function ownBytes(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const isWhole = body.byteLength === body.buffer.byteLength && body.buffer instanceof ArrayBuffer;
  return isWhole ? (body as Uint8Array<ArrayBuffer>) : new Uint8Array(body);
}
