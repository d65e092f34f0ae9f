import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What was posted. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: payloads are looked into by their tests
  readonly json: any;
}

/** Undefined for one that was cut. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString();
}

/** A server that is told of alerts; closed when the test has ended. */
export class Receiver {
  readonly received: Received[] = [];
  /** What it does with what it was sent. Default: 200. */
  answer: (response: ServerResponse, received: Received) => void = (response) => response.end();
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<this> {
    const server = createServer(async (request, response) => {
      const text = await bodyOf(request);
      // Whoever has sent it was killed in the middle.
      if (text === undefined) return;
      const { url: path = '', headers } = request;
      const received = { path, headers, text, json: text === '' ? undefined : JSON.parse(text) };
      this.received.push(received);
      this.answer(response, received);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return this;
  }
}
