import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import type { createClient } from '@redis/client';
import { TraceError } from '../errors.js';

type Client = ReturnType<typeof createClient>;

/** What Redis answers. */
export type Reply = string | number | null | readonly Reply[];

/** How long Redis may take to answer anything, milliseconds: the client by itself waits for ever. */
const DEADLINE_MS = 1_000;
/** Between attempts to reach it. */
const RECONNECT_MS = 1_000;

/** Told how a link fares. */
export interface LinkEvents {
  /** Connected; also each time after it was not. */
  readonly onUp: () => void;
  /** Something has failed: the link is being made anew. */
  readonly onDown: (error: unknown) => void;
  /** A key that begins with `prefix` was written, has expired or was deleted. */
  readonly onChange?: (() => void) | undefined;
}

/**
 * A connection to a Redis that may be away, slow, or not answer at all: every command has a deadline, and what fails
 * once is connected anew. Keeps no process alive.
 */
export class RedisLink {
  readonly #url: string;
  readonly #prefix: string | undefined;
  readonly #events: LinkEvents;
  readonly #abort = new AbortController();
  readonly #create: typeof createClient;
  #client: Client | undefined;
  #fail: ((error: unknown) => void) | undefined;

  /**
   * @param prefix - of the keys whose changes are told.
   * @throws TraceError `ERR_TRACE_PEER` when the client's package is not installed; `ERR_TRACE_OPTION`.
   */
  constructor(url: string, prefix: string | undefined, events: LinkEvents) {
    this.#url = url;
    this.#prefix = prefix;
    this.#events = events;
    this.#create = loadClient();
    void this.#live();
  }

  /** @throws Error (rejects) when there is no connection, or no answer within a second. */
  async send(...command: string[]): Promise<Reply> {
    const client = this.#client;
    if (client === undefined) throw new Error('Redis is not connected');
    try {
      return await withDeadline(client.sendCommand<Reply>(command), command[0] as string);
    } catch (error) {
      // An answer that says no is an answer; anything else is no connection any more.
      if (!isRefusal(error)) this.#fail?.(error);
      throw error;
    }
  }

  close(): void {
    this.#abort.abort();
    this.#fail?.(undefined);
  }

  async #live(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const client = this.#newClient();
      const failure = new Promise<unknown>((resolve) => {
        this.#fail = resolve;
        client.on('error', resolve);
        client.on('end', () => resolve(new Error('Redis has closed the connection')));
      });
      const why = await this.#serve(client, failure);
      this.#client = undefined;
      letGo(client);
      if (signal.aborted) return;
      this.#events.onDown(why);
      await sleep(RECONNECT_MS, undefined, { ref: false, signal }).catch(() => {});
    }
  }

  /** @returns why it is over. */
  async #serve(client: Client, failure: Promise<unknown>): Promise<unknown> {
    try {
      const begun = this.#begin(client);
      begun.catch(() => {}); // heard below, where it comes first
      await Promise.race([begun, failure.then((error) => Promise.reject(error))]);
    } catch (error) {
      return error;
    }
    this.#client = client;
    this.#events.onUp();
    return failure;
  }

  async #begin(client: Client): Promise<void> {
    await withDeadline(client.connect(), 'a connection');
    client.unref();
    if (this.#prefix === undefined) return;
    client.on('invalidate', () => this.#events.onChange?.());
    // The client has it on without a prefix, for keys that were read.
    await withDeadline(client.sendCommand(['CLIENT', 'TRACKING', 'OFF']), 'CLIENT');
    const tracking = ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', this.#prefix];
    await withDeadline(client.sendCommand(tracking), 'CLIENT');
  }

  #newClient(): Client {
    return this.#create({
      url: this.#url,
      RESP: 3,
      emitInvalidate: this.#prefix !== undefined,
      disableOfflineQueue: true,
      disableClientInfo: true,
      maintNotifications: 'disabled',
      socket: { connectTimeout: DEADLINE_MS, reconnectStrategy: false },
    }) as Client;
  }
}

/** @throws TraceError `ERR_TRACE_PEER`. */
function loadClient(): typeof createClient {
  try {
    const require = createRequire(import.meta.url);
    return (require('@redis/client') as { createClient: typeof createClient }).createClient;
  } catch (cause) {
    const message = 'Redis needs a package that is not installed: npm install @redis/client@6';
    throw new TraceError('ERR_TRACE_PEER', message, { cause });
  }
}

/** Whether Redis itself has answered with an error. */
function isRefusal(error: unknown): boolean {
  return (error as Error)?.constructor?.name === 'SimpleError';
}

async function withDeadline<T>(work: Promise<T>, name: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Redis has not answered ${name} within ${DEADLINE_MS} ms`)),
      DEADLINE_MS,
    );
    timer.unref();
  });
  // What comes after the deadline is nobody's any more.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function letGo(client: Client): void {
  client.on('error', () => {});
  try {
    client.destroy();
  } catch {
    // It was not open.
  }
}
