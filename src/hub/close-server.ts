import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Between looks at the connections of a server that ends. */
const IDLE_CHECK_MS = 20;

/** A server, whose connections are followed to end it soon. */
export interface ClosingServer {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
}

/** From now on its connections are known. */
export function closingServer(server: Server): ClosingServer {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return { server, sockets };
}

/**
 * Closes connections on which nothing is under way while servers end, which they would keep from it: those that have
 * answered, which Node knows, and those on which nothing has come yet, as a browser opens them ahead.
 *
 * @param ended - resolves when the servers have.
 */
export async function closeIdle(
  servers: readonly ClosingServer[],
  ended: Promise<unknown>,
): Promise<void> {
  const timer = setInterval(() => {
    for (const { server, sockets } of servers) {
      server.closeIdleConnections();
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    }
  }, IDLE_CHECK_MS);
  await ended.finally(() => clearInterval(timer));
}
