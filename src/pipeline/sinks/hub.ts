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
import { ATTEMPT_HEADER, UNANSWERED_HEADER } from '../../wire/attempt-headers.js';
import { formatBatch } from '../../wire/batch.js';
import { type HubAnswer, HubConnection, hubUrl } from '../../wire/hub-http.js';
import type { CheckedHubSink } from '../hub-sink-options.js';
import { Attempts } from './attempts.js';

const compress = promisify(gzip);

/** Of an answer; more is no answer of a hub. */
const ANSWER_BYTES_MAX = 16 * 2 ** 20;
/** What of an answer is quoted. */
const QUOTED_MAX = 300;
/** This batch will never be taken: malformed, too large, of another type. */
const PERMANENT = [400, 413, 415, 422];

/** Whoever has answered so has nothing more of the batch. A proxy answers for a hub that may still have it. */
const SETTLED = [...PERMANENT, 401, 403, 429, 503];

/** Sends batches to a hub, and is answered after its commit. */
export class HubSink implements EventSink {
  readonly #options: CheckedHubSink;
  readonly #url: URL;
  readonly #connection = new HubConnection(true);
  readonly #attempts = new Attempts();

  constructor(options: CheckedHubSink) {
    this.#options = options;
    this.#url = hubUrl(options.url, 'ingest');
  }

  async append(
    run: RunInfo,
    events: readonly RecordedEvent[],
    { durable = false, account, gate }: AppendOptions = {},
  ): Promise<AppendResult> {
    const plain = Buffer.from(formatBatch({ run, account, gate, events }));
    const body = this.#options.gzip
      ? await compress(plain, { level: constants.Z_BEST_SPEED })
      : plain;
    const answer = await this.#post(body, durable, this.#attempts.isFirst(run, events)).catch(
      (error: unknown) => {
        this.#attempts.failed(run, events, false);
        throw error;
      },
    );
    if (answer.status === 200) {
      const result = resultOf(answer.text, events.length);
      this.#attempts.stored(run, events);
      return result;
    }
    this.#attempts.failed(run, events, SETTLED.includes(answer.status));
    // A proxy in front of it answers with a page of several lines.
    const text = answer.text.slice(0, QUOTED_MAX).replaceAll(/\s+/g, ' ');
    const said = `the hub answers ${answer.status}: ${text}`;
    if (PERMANENT.includes(answer.status)) throw new PermanentError(said);
    if (answer.retryAfterMs !== undefined) throw new RetryAfterError(answer.retryAfterMs, said);
    throw new Error(said);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #post(body: Buffer, hasErrors: boolean, isFirst: boolean): Promise<HubAnswer> {
    const { unansweredMs } = this.#attempts;
    const { key, gzip: isCompressed, timeoutMs } = this.#options;
    return this.#connection.ask(this.#url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': body.length,
        ...(isCompressed && { 'content-encoding': 'gzip' }),
        ...(hasErrors && { 'x-aegis-errors': '1' }),
        ...(isFirst && { [ATTEMPT_HEADER]: 'first' }),
        ...(!isFirst && unansweredMs !== undefined && { [UNANSWERED_HEADER]: unansweredMs }),
      },
      body,
      timeoutMs,
      bytesMax: ANSWER_BYTES_MAX,
    });
  }
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
