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
import { type HubAnswer, HubConnection, hubUrl } from '../../wire/hub-http.js';
import type { CheckedHubSink } from '../hub-sink-options.js';

const compress = promisify(gzip);

/** Of an answer; more is no answer of a hub. */
const ANSWER_BYTES_MAX = 16 * 2 ** 20;
/** What of an answer is quoted. */
const QUOTED_MAX = 300;
/** This batch will never be taken: malformed, too large, of another type. */
const PERMANENT = [400, 413, 415, 422];

/** Sends batches to a hub, and is answered after its commit. */
export class HubSink implements EventSink {
  readonly #options: CheckedHubSink;
  readonly #url: URL;
  readonly #connection = new HubConnection(true);

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
    const answer = await this.#post(body, durable);
    if (answer.status === 200) return resultOf(answer.text, events.length);
    const said = `the hub answers ${answer.status}: ${answer.text.slice(0, QUOTED_MAX)}`;
    if (PERMANENT.includes(answer.status)) throw new PermanentError(said);
    if (answer.retryAfterMs !== undefined) throw new RetryAfterError(answer.retryAfterMs, said);
    throw new Error(said);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #post(body: Buffer, hasErrors: boolean): Promise<HubAnswer> {
    const { key, gzip: isCompressed, timeoutMs } = this.#options;
    return this.#connection.ask(this.#url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-length': body.length,
        ...(isCompressed && { 'content-encoding': 'gzip' }),
        ...(hasErrors && { 'x-aegis-errors': '1' }),
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
