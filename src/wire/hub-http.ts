import { once } from 'node:events';
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** What a hub has answered. */
export interface HubAnswer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly text: string;
}

export interface HubRequest {
  readonly method: 'GET' | 'POST';
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Buffer | undefined;
  /** Until the whole answer is there, milliseconds. */
  readonly timeoutMs: number;
  /** Of the answer; more is no answer of a hub. */
  readonly bytesMax: number;
}

/** The URL of a path of a hub, or of another server: below its own URL, which may end with a slash or not. */
export function hubUrl(base: string, path: string): URL {
  return new URL(path, base.endsWith('/') ? base : `${base}/`);
}

/** One connection to a hub. */
export class HubConnection {
  readonly #isKept: boolean;
  readonly #isBackground: boolean;
  /** Those that have not ended. */
  readonly #requests = new Set<ClientRequest>();
  #agent: HttpAgent | HttpsAgent | undefined;

  /**
   * @param isKept - whether it is kept between requests. One that is idle for long may be closed by the hub, together with
   * the request that is on its way at that moment.
   * @param isBackground - whether it keeps no process alive, whatever is under way.
   */
  constructor(isKept: boolean, isBackground = false) {
    this.#isKept = isKept;
    this.#isBackground = isBackground;
  }

  /** @throws Error (rejects) when there is no answer in time, or one that is too large. */
  ask(url: URL, { method, headers, body, timeoutMs, bytesMax }: HubRequest): Promise<HubAnswer> {
    return new Promise((resolve, reject) => {
      const request = this.#begin(url, method, headers, (response) => {
        readAnswer(response, bytesMax)
          .then(resolve, reject)
          .finally(() => clearTimeout(timer));
      });
      const timer = setTimeout(
        () => request.destroy(new Error(`the hub has not answered within ${timeoutMs} ms`)),
        timeoutMs,
      );
      if (this.#isBackground) timer.unref();
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      request.end(body);
    });
  }

  /**
   * The body of an answer that has no end, of a connection of its own; destroyed when nothing has come for so long.
   *
   * @throws Error (rejects) when the answer is not 200.
   */
  stream(url: URL, headers: OutgoingHttpHeaders, silenceMs: number): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = this.#send(url, { headers, agent: false }, (response) => {
        if (response.statusCode === 200) return resolve(response);
        request.destroy();
        reject(new Error(`the hub answers ${response.statusCode}`));
      });
      request.setTimeout(silenceMs, () => {
        request.destroy(new Error(`the hub has said nothing for ${silenceMs} ms`));
      });
      request.on('error', reject);
      request.end();
    });
  }

  /**
   * Ends what is under way. Resolves when nothing is left of it: a thread that is ended while Node takes a connection
   * down takes the process along.
   */
  async close(): Promise<void> {
    const ends = [...this.#requests].map((request) => {
      const ended = once(request, 'close').catch(() => {});
      request.on('error', () => {});
      request.destroy();
      return ended;
    });
    await Promise.all(ends);
    this.#agent?.destroy();
  }

  #begin(
    url: URL,
    method: string,
    headers: OutgoingHttpHeaders,
    onResponse: (response: IncomingMessage) => void,
  ): ClientRequest {
    const keep = { keepAlive: this.#isKept, maxSockets: 1 };
    this.#agent ??= isSecure(url) ? new HttpsAgent(keep) : new HttpAgent(keep);
    return this.#send(url, { method, agent: this.#agent, headers }, onResponse);
  }

  #send(
    url: URL,
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ): ClientRequest {
    const request = (isSecure(url) ? httpsRequest : httpRequest)(url, options, onResponse);
    this.#requests.add(request);
    request.on('close', () => this.#requests.delete(request));
    if (this.#isBackground) request.on('socket', (socket) => socket.unref());
    return request;
  }
}

const isSecure = ({ protocol }: URL): boolean => protocol === 'https:';

async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<HubAnswer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) throw new Error('the answer is too large for one of a hub');
    parts.push(part);
  }
  const seconds = Number(response.headers['retry-after']);
  return {
    status: response.statusCode ?? 0,
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
    text: Buffer.concat(parts).toString(),
  };
}
