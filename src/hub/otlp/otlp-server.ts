import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { OTLP_PATHS } from './routes-otlp.js';

/**
 * Listens for what exporters send to a port of their own; everything else is not found there. The same server answers,
 * with the same keys.
 *
 * @throws NodeJS.ErrnoException (rejects) when the port cannot be had.
 */
export async function listenOtlp(
  app: FastifyInstance,
  host: string,
  port: number,
): Promise<Server> {
  const { requestTimeout, headersTimeout, timeout, keepAliveTimeout } = app.server;
  const server = createServer(
    { requestTimeout, headersTimeout, keepAliveTimeout },
    (request, response) => {
      const { pathname } = new URL(request.url ?? '', 'http://localhost');
      if (Object.hasOwn(OTLP_PATHS, pathname)) app.routing(request, response);
      else response.writeHead(404).end();
    },
  );
  server.timeout = timeout;
  server.listen({ host, port });
  await once(server, 'listening');
  return server;
}
