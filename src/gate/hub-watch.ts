import { HubConnection } from '../wire/hub-http.js';
import { serverEvents } from '../wire/server-events.js';

/** What is watched at a hub. */
export interface Watched<T> {
  /** Where it is asked for, with an etag. */
  readonly answerUrl: URL;
  /** Where the hub says that it is another one. */
  readonly changesUrl: URL;
  /** Of the scope `ingest` or `read`. */
  readonly key: string;
  /** @throws Error that says what is wrong. */
  readonly parse: (text: string) => T;
  /** What it is called in messages. */
  readonly name: string;
  /** How long an answer may take, milliseconds. Default: 5 000. */
  readonly timeoutMs?: number | undefined;
  /** Between questions while there is no answer, milliseconds. Default: as between all others. */
  readonly retryMs?: number | undefined;
}

/** Told what the hub says whenever that has changed; undefined: it cannot be reached. */
export type OnAnswer<T> = (answer: T | undefined, failure?: unknown) => void;

/** How a hub is asked. */
export type WatchConnection = Pick<HubConnection, 'ask' | 'stream' | 'close'>;

/** Between polls, milliseconds: those of many processes spread by themselves. */
const POLL_MIN_MS = 25_000;
const POLL_SPREAD_MS = 10_000;
const TIMEOUT_MS = 5_000;
const ANSWER_BYTES_MAX = 8 * 2 ** 20;
/** A hub says something every 15 s. */
const SILENCE_MS = 40_000;
/** After a stream has ended: a hub that is started again is not asked by everybody at once. */
const RECONNECT_MIN_MS = 100;
const RECONNECT_SPREAD_MS = 2_000;
const RECONNECT_MAX_MS = 30_000;

/** Asks a hub for something every 25 to 35 s, and at once when the hub says that it is another one. */
export class HubWatch<T extends { readonly etag: string }> {
  readonly #connection: WatchConnection;
  readonly #abort = new AbortController();
  readonly #watched: Watched<T>;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #onAnswer: OnAnswer<T>;
  #etag: string | undefined;
  #isReached: boolean | undefined;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #isPollWanted = false;

  constructor(
    watched: Watched<T>,
    onAnswer: OnAnswer<T>,
    connection: WatchConnection = new HubConnection(false),
  ) {
    this.#connection = connection;
    this.#watched = watched;
    this.#headers = { authorization: `Bearer ${watched.key}` };
    this.#onAnswer = onAnswer;
  }

  /** Resolves when the hub has answered once, or has not. */
  async start(): Promise<void> {
    await this.poll();
    void this.#listen();
  }

  /** Asks now. A second call while an answer is waited for asks once more after it. */
  poll(): Promise<void> {
    if (this.#polling !== undefined) {
      this.#isPollWanted = true;
      return this.#polling;
    }
    this.#polling = this.#pollWanted().finally(() => {
      this.#polling = undefined;
      const { retryMs } = this.#watched;
      const isRetried = retryMs !== undefined && this.#isReached === false;
      this.#pollAfter(isRetried ? retryMs : POLL_MIN_MS + Math.random() * POLL_SPREAD_MS);
    });
    return this.#polling;
  }

  /** Resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#timer);
    await this.#connection.close();
  }

  async #pollWanted(): Promise<void> {
    do {
      this.#isPollWanted = false;
      await this.#pollOnce();
    } while (this.#isPollWanted && !this.#abort.signal.aborted);
  }

  async #pollOnce(): Promise<void> {
    try {
      const answer = await this.#ask();
      this.#isReached = true;
      if (answer === undefined) return;
      this.#etag = answer.etag;
      if (!this.#abort.signal.aborted) this.#onAnswer(answer);
    } catch (failure) {
      const wasReached = this.#isReached;
      this.#isReached = false;
      // What it says next is news, also when it is the same.
      this.#etag = undefined;
      if (wasReached !== false && !this.#abort.signal.aborted) this.#onAnswer(undefined, failure);
    }
  }

  /** Undefined: the same as before. @throws Error (rejects). */
  async #ask(): Promise<T | undefined> {
    const etag = this.#etag;
    const { answerUrl, name, parse, timeoutMs = TIMEOUT_MS } = this.#watched;
    const { status, text } = await this.#connection.ask(answerUrl, {
      method: 'GET',
      headers: { ...this.#headers, ...(etag !== undefined && { 'if-none-match': `"${etag}"` }) },
      timeoutMs,
      bytesMax: ANSWER_BYTES_MAX,
    });
    if (status === 304 && etag !== undefined) return undefined;
    if (status !== 200) throw new Error(`the hub answers ${status} to a question for ${name}`);
    return parse(text);
  }

  #pollAfter(ms: number): void {
    if (this.#abort.signal.aborted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.poll(), ms);
    this.#timer.unref();
  }

  /** Hears of changes, for as long as it lives. Never rejects. */
  async #listen(): Promise<void> {
    for (let failures = 0; !this.#abort.signal.aborted; failures++) {
      try {
        const { changesUrl } = this.#watched;
        const stream = await this.#connection.stream(changesUrl, this.#headers, SILENCE_MS);
        for await (const { event, data } of serverEvents(stream)) {
          failures = 0;
          if (event === 'changed') this.#onChange(data);
        }
      } catch {
        // A poll says whether the hub is there.
      }
      const spreadMs = Math.random() * RECONNECT_SPREAD_MS;
      const backoffMs = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** failures);
      await this.#sleep(backoffMs + spreadMs);
      if (!this.#abort.signal.aborted && failures === 0) void this.poll();
    }
  }

  /** `{etag, spread_ms}`: of many who hear it each waits its own part of that time. */
  #onChange(data: string): void {
    const { etag, spread_ms: spreadMs } = JSON.parse(data) as Record<string, unknown>;
    if (etag === this.#etag) return;
    const isSpread = typeof spreadMs === 'number' && spreadMs > 0 && spreadMs <= POLL_MIN_MS;
    if (isSpread) this.#pollAfter(Math.random() * spreadMs);
    else void this.poll();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#abort.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      timer.unref();
      this.#abort.signal.addEventListener('abort', done);
    });
  }
}
