import { randomInt } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ClickHouseClient,
  ClickHouseClientConfigOptions,
  ClickHouseSettings,
} from '@clickhouse/client';
import { TraceError } from '../../errors.js';
import { messageOf } from '../../thrown.js';

/** How long an answer is waited for. */
const TIMEOUT_MS = 60_000;
/** The same where another server can be asked. */
const CLUSTER_TIMEOUT_MS = 15_000;
/** How long a server waits for more of a body. */
const STALLED_S = 20;
/** What a server answers while an earlier insert of the same table has not reached its replicas. */
const QUORUM_BUSY = 286;
/** How long it is tried again, and after how many milliseconds. */
const QUORUM_WAIT_MS = 5_000;
const QUORUM_AGAIN_MS = [10, 50] as const;
/** Its replicas, or the keeper of them, did not answer in time: the rows may be there. */
const UNKNOWN_OUTCOMES: ReadonlySet<number> = new Set([319, 999]);
/** A replica that is behind, that can only be read, or has lost the keeper of its cluster. */
const ONE_SERVERS_FAULTS: ReadonlySet<number> = new Set([289, 242, 999]);
const SCHEMES: Readonly<Record<string, string>> = {
  'clickhouse:': 'http:',
  'clickhouses:': 'https:',
};

/** Of the queries of rules. */
const LIMITS = { seconds: 2, bytes: 2 ** 30, rows: 10_000 };

/** Where servers are, and as whom they are asked. */
export interface StoreAddress {
  /** Of their HTTP interfaces: one, or several of a cluster. */
  readonly urls: readonly string[];
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Reads `clickhouse://user:password@host:8123/database`; with `clickhouses` over TLS. The servers of a cluster are
 * named one after the other, with commas between them.
 *
 * @throws TraceError `ERR_TRACE_OPTION`, without the password.
 */
export function readAddress(text: string): StoreAddress {
  const [, start = '', hosts = '', path = ''] =
    /^(\w+:\/\/(?:[^/@]*@)?)([^/]*)(\/.*)?$/.exec(text) ?? [];
  const urls = hosts.split(',').map((host) => {
    const one = start + host + path;
    return URL.canParse(one) ? new URL(one) : undefined;
  });
  const [url] = urls;
  const scheme = SCHEMES[url?.protocol ?? ''];
  const isWrong = urls.some((one) => one === undefined || one.hostname === '' || one.search !== '');
  if (url === undefined || scheme === undefined || isWrong) {
    const expectation =
      'clickhouse://USER:PASSWORD@HOST:PORT/DATABASE, HOST:PORT,HOST:PORT for several';
    throw new TraceError('ERR_TRACE_OPTION', `the URL of a ClickHouse must be ${expectation}`);
  }
  const database = decodeURIComponent(url.pathname.slice(1) || 'default');
  if (!/^\w+$/.test(database)) {
    throw new TraceError('ERR_TRACE_OPTION', `no database of a store is called ${database}`);
  }
  const defaultPort = scheme === 'http:' ? '8123' : '8443';
  return {
    urls: (urls as URL[]).map(
      ({ hostname, port }) => `${scheme}//${hostname}:${port || defaultPort}`,
    ),
    database,
    user: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
  };
}

/** The URL of a store as people may see it. */
export function shownAddress(text: string): string {
  const { urls, database } = readAddress(text);
  const hosts = urls.map((url) => url.replace(/^https?:\/\//, ''));
  const scheme = urls[0]?.startsWith('https') ? 'clickhouses' : 'clickhouse';
  return `${scheme}://${hosts.join(',')}/${database}`;
}

/** What a server says is wrong: `Code: 60. DB::Exception: …`. */
export class ServerError extends TraceError {
  /** Undefined when it has not answered. */
  readonly number: number | undefined;

  constructor(doing: string, cause: unknown) {
    const message = messageOf(cause);
    const { code } = cause as { code?: unknown };
    const [, text] = /Code: (\d+)/.exec(message) ?? [];
    super('ERR_TRACE_STORE', `ClickHouse could not ${doing}: ${message}`, { cause });
    // Servers before 19 say it in their text alone.
    this.number = Number(text ?? (/^\d+$/.test(String(code)) ? code : Number.NaN));
    if (Number.isNaN(this.number)) this.number = undefined;
  }
}

type ClientConnection = NonNullable<ClickHouseClientConfigOptions['connection']>;

/** Makes what answers instead of a server at an address: an engine within the process. */
export type Engine = (database: string) => object;

interface ConnectionOptions {
  readonly database?: string | undefined;
  readonly engine?: Engine | undefined;
  readonly timeoutMs?: number | undefined;
  /** Of the servers of the URL, those that are asked. Default: all. */
  readonly urls?: readonly string[] | undefined;
  readonly settings?: ClickHouseSettings | undefined;
}

/**
 * A connection to a server, or to several that have the same: what one of them does not answer is asked of the next.
 * Numbers of 64 bits come as text, whatever their version.
 */
export class Connection {
  readonly #clients: readonly ClickHouseClient[];
  /** Who is asked first. */
  #current = 0;

  private constructor(clients: readonly ClickHouseClient[]) {
    this.#clients = clients;
  }

  /**
   * Nothing is asked yet.
   *
   * @param options.database - instead of that of the URL.
   * @param options.timeoutMs - how long an answer is waited for.
   * @throws TraceError (rejects) `ERR_TRACE_PEER`; `ERR_TRACE_OPTION`.
   */
  static async open(
    text: string,
    { database, engine, timeoutMs, urls, settings }: ConnectionOptions = {},
  ): Promise<Connection> {
    const address = readAddress(text);
    const { createClient } = await loadClient();
    const isCluster = address.urls.length > 1;
    const clients = (urls ?? address.urls).map((url) =>
      createClient({
        url,
        username: address.user,
        password: address.password,
        database: database ?? address.database,
        request_timeout: timeoutMs ?? (isCluster ? CLUSTER_TIMEOUT_MS : TIMEOUT_MS),
        compression: { request: false, response: false },
        clickhouse_settings: { output_format_json_quote_64bit_integers: 1, ...settings },
        ...(engine !== undefined && {
          connection: engine(database ?? address.database) as ClientConnection,
        }),
        // It would write its own lines to the console.
        log: { level: 127 },
      }),
    );
    return new Connection(clients);
  }

  /** @throws ServerError (rejects). */
  async rows<T = Record<string, unknown>>(doing: string, sql: string): Promise<T[]> {
    for (let left = this.#clients.length - 1; ; left--) {
      try {
        return await this.#ask(doing, async (client) => {
          const result = await client.query({ query: sql, format: 'JSONEachRow' });
          return result.json<T>();
        });
      } catch (error) {
        if (left === 0 || !isElsewhere(error as ServerError)) throw error;
      }
    }
  }

  /**
   * Rows of a query of somebody else: it may read and nothing more, and not for long. Of the server's own limits those that
   * are lower hold.
   *
   * @throws ServerError (rejects).
   */
  async limitedRows(doing: string, sql: string): Promise<unknown[][]> {
    const limits = {
      max_execution_time: LIMITS.seconds,
      max_memory_usage: String(LIMITS.bytes),
      max_result_rows: String(LIMITS.rows),
      // The last one: from then on nothing can be set.
      readonly: '1',
    };
    const abort = AbortSignal.timeout(LIMITS.seconds * 2_000);
    return this.#ask(doing, async (client) => {
      const result = await client.query({
        query: sql,
        format: 'JSONCompact',
        clickhouse_settings: limits,
        abort_signal: abort,
      });
      return (await result.json<unknown[]>()).data;
    });
  }

  /** @throws ServerError (rejects). */
  async command(doing: string, sql: string): Promise<void> {
    await this.#ask(doing, (client) => client.command({ query: sql }));
  }

  /**
   * Inserts rows in the format TabSeparated, all of them or none. Of a replicated table one insert waits for another.
   *
   * @param rows.idOf - names an attempt.
   * @throws ServerError (rejects); when it {@link isUnknown} nobody knows whether they were.
   */
  async insert(
    table: string,
    {
      columns,
      rows,
      idOf,
    }: {
      columns: readonly string[];
      rows: string | (() => AsyncIterable<Buffer>);
      idOf?: () => string;
    },
  ): Promise<void> {
    const endMs = performance.now() + QUORUM_WAIT_MS;
    for (;;) {
      const values = typeof rows === 'string' ? [Buffer.from(rows)] : rows();
      try {
        await this.#ask(`take rows of ${table}`, (client) =>
          client.insert({
            table,
            columns: columns as [string, ...string[]],
            values: Readable.from(values, { objectMode: false }),
            format: 'TabSeparated',
            // Who stalls is given up: others wait until nothing of it can be stored any more.
            clickhouse_settings: { http_receive_timeout: STALLED_S },
            ...(idOf !== undefined && { query_id: idOf() }),
          }),
        );
        return;
      } catch (error) {
        const isBusy = (error as ServerError).number === QUORUM_BUSY;
        if (!isBusy || performance.now() > endMs) throw error;
      }
      await sleep(randomInt(...QUORUM_AGAIN_MS));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  /**
   * Asks one server. Whoever has failed is asked last from then on, unless another question has found that first.
   *
   * @throws ServerError (rejects).
   */
  async #ask<T>(doing: string, question: (client: ClickHouseClient) => Promise<T>): Promise<T> {
    const asked = this.#current;
    try {
      return await question(this.#clients[asked] as ClickHouseClient);
    } catch (cause) {
      const error = new ServerError(doing, cause);
      if (isElsewhere(error) && this.#current === asked) {
        this.#current = (asked + 1) % this.#clients.length;
      }
      throw error;
    }
  }
}

/** Whether what failed may have been done nevertheless. */
export const isUnknown = ({ number }: ServerError): boolean =>
  number === undefined || UNKNOWN_OUTCOMES.has(number);

/** Whether another server may have what one could not say. */
const isElsewhere = ({ number }: ServerError): boolean =>
  number === undefined || ONE_SERVERS_FAULTS.has(number);

/** @throws TraceError `ERR_TRACE_PEER`. */
async function loadClient(): Promise<typeof import('@clickhouse/client')> {
  try {
    return await import('@clickhouse/client');
  } catch (cause) {
    const message =
      'ClickHouse needs a package that is not installed: npm install @clickhouse/client';
    throw new TraceError('ERR_TRACE_PEER', message, { cause });
  }
}
