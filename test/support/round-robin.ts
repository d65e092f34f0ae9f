import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * A load balancer: each request goes to the next server, and is answered 502 where that does not.
 *
 * @param targets - ports of this machine.
 * @returns its URL.
 */
export async function startRoundRobin(targets: readonly number[]): Promise<string> {
  let next = 0;
  const server = createServer((incoming, outgoing) => {
    const port = targets[next++ % targets.length];
    const { method, url: path, headers } = incoming;
    const forwarded = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
    const fail = (): void => {
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502).end();
    };
    forwarded.on('response', (answer) => {
      answer.on('error', fail);
      outgoing.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', fail);
    incoming.on('error', () => forwarded.destroy());
    // As nginx does: whoever has gone is not waited for.
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
