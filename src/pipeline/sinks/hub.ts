import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import {
  type AppendOptions,
  type AppendResult,
  type EventSink,
  PermanentError,
  RetryAfterError,
} from '../../event/event-sink.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import { formatBatch } from '../../wire/batch.js';
import type { CheckedHubSink } from '../hub-sink-options.js';

const compress = promisify(gzip);

/** Of an answer; more is no answer of a hub. */
const ANSWER_BYTES_MAX = 16 * 2 ** 20;
/** What of an answer is quoted. */
const QUOTED_MAX = 300;
/** This batch will never be taken: malformed, too large, of another type. */
const PERMANENT = [400, 413, 415, 422];

interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly text: string;
}

/** Sends batches to a hub, and is answered after its commit. */
export class HubSink implements EventSink {
  readonly #options: CheckedHubSink;
  readonly #url: URL;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(options: CheckedHubSink) {
    this.#options = options;
    this.#url = new URL('ingest', options.url.endsWith('/') ? options.url : `${options.url}/`);
    const keep = { keepAlive: true, maxSockets: 1 };
    this.#agent = this.#url.protocol === 'https:' ? new HttpsAgent(keep) : new HttpAgent(keep);
  }

  async append(
    run: RunInfo,
    events: readonly RecordedEvent[],
    { durable = false, account }: AppendOptions = {},
  ): Promise<AppendResult> {
    const plain = Buffer.from(formatBatch({ run, account, events }));
    const body = this.#options.gzip
      ? await compress(plain, { level: constants.Z_BEST_SPEED })
      : plain;
    const answer = await this.#post(body, durable);
    if (answer.status === 200) return resultOf(answer.text, events.length);
    const said = `the hub answers ${answer.status}: ${answer.text.slice(0, QUOTED_MAX)}`;
    if (PERMANENT.includes(answer.status)) throw new PermanentError(said);
    if (answer.retryAfterMs !== undefined) throw new RetryAfterError(answer.retryAfterMs, said);
    throw new Error(said);
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }

  #post(body: Buffer, hasErrors: boolean): Promise<Answer> {
    const { key, gzip: isCompressed, timeoutMs } = this.#options;
    const options: RequestOptions = {
      method: 'POST',
      agent: this.#agent,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': body.length,
        ...(isCompressed && { 'content-encoding': 'gzip' }),
        ...(hasErrors && { 'x-aegis-errors': '1' }),
      },
    };
    return new Promise((resolve, reject) => {
      const send = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(this.#url, options, (response) => {
        readAnswer(response)
          .then(resolve, reject)
          .finally(() => clearTimeout(timer));
      });
      const timer = setTimeout(
        () => request.destroy(new Error(`the hub has not answered within ${timeoutMs} ms`)),
        timeoutMs,
      );
      request.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      request.end(body);
    });
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('the answer is too large for one of a hub');
    parts.push(part);
  }
  const seconds = Number(response.headers['retry-after']);
  return {
    status: response.statusCode ?? 0,
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
    text: Buffer.concat(parts).toString(),
  };
}

/** @throws Error for an answer that is none of a hub: what was sent is kept. */
function resultOf(text: string, count: number): AppendResult {
  const { inserted, duplicates, rejected } = JSON.parse(text) as Record<string, unknown>;
  const isAnswer =
    Number.isInteger(inserted) && Number.isInteger(duplicates) && Array.isArray(rejected);
  if (!isAnswer) throw new Error(`the answer is none of a hub: ${text.slice(0, QUOTED_MAX)}`);
  const refused = (rejected as { index: number; message: string }[]).map(({ index, message }) => ({
    index,
    reason: message,
  }));
  const sum = (inserted as number) + (duplicates as number) + refused.length;
  if (sum !== count) throw new Error(`the hub answers for ${sum} of ${count} events`);
  return { inserted: inserted as number, duplicates: duplicates as number, rejected: refused };
}
