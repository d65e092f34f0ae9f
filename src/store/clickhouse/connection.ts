import { Readable } from 'node:stream';
import type { ClickHouseClient, ClickHouseClientConfigOptions } from '@clickhouse/client';
import { TraceError } from '../../errors.js';
import { messageOf } from '../../thrown.js';

/** How long an answer is waited for. */
const TIMEOUT_MS = 60_000;
const SCHEMES: Readonly<Record<string, string>> = {
  'clickhouse:': 'http:',
  'clickhouses:': 'https:',
};

/** Of the queries of rules. */
const LIMITS = { seconds: 2, bytes: 2 ** 30, rows: 10_000 };

/** Where a server is, and as whom it is asked. */
export interface ServerAddress {
  /** Of its HTTP interface. */
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Reads `clickhouse://user:password@host:8123/database`; with `clickhouses` over TLS.
 *
 * @throws TraceError `ERR_TRACE_OPTION`, without the password.
 */
export function readAddress(text: string): ServerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = SCHEMES[url?.protocol ?? ''];
  const database = decodeURIComponent(url?.pathname.slice(1) || 'default');
  if (url === undefined || scheme === undefined || url.hostname === '' || url.search !== '') {
    const expectation = 'clickhouse://USER:PASSWORD@HOST:PORT/DATABASE';
    throw new TraceError('ERR_TRACE_OPTION', `the URL of a ClickHouse must be ${expectation}`);
  }
  if (!/^\w+$/.test(database)) {
    throw new TraceError('ERR_TRACE_OPTION', `no database of a store is called ${database}`);
  }
  const port = url.port || (scheme === 'http:' ? '8123' : '8443');
  return {
    url: `${scheme}//${url.hostname}:${port}`,
    database,
    user: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
  };
}

/** The URL of a store as people may see it. */
export function shownAddress(text: string): string {
  const { url, database } = readAddress(text);
  return `${url.replace(/^http/, 'clickhouse')}/${database}`;
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
}

/** A connection to one server. Numbers of 64 bits come as text, whatever its version. */
export class Connection {
  readonly #client: ClickHouseClient;

  private constructor(client: ClickHouseClient) {
    this.#client = client;
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
    { database, engine, timeoutMs = TIMEOUT_MS }: ConnectionOptions = {},
  ): Promise<Connection> {
    const address = readAddress(text);
    const { createClient } = await loadClient();
    const client = createClient({
      url: address.url,
      username: address.user,
      password: address.password,
      database: database ?? address.database,
      request_timeout: timeoutMs,
      compression: { request: false, response: false },
      clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
      ...(engine !== undefined && {
        connection: engine(database ?? address.database) as ClientConnection,
      }),
      // It would write its own lines to the console.
      log: { level: 127 },
    });
    return new Connection(client);
  }

  /** @throws ServerError (rejects). */
  async rows<T = Record<string, unknown>>(doing: string, sql: string): Promise<T[]> {
    try {
      const result = await this.#client.query({ query: sql, format: 'JSONEachRow' });
      return await result.json<T>();
    } catch (error) {
      throw new ServerError(doing, error);
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
    try {
      const result = await this.#client.query({
        query: sql,
        format: 'JSONCompact',
        clickhouse_settings: limits,
        abort_signal: abort,
      });
      return (await result.json<unknown[]>()).data;
    } catch (error) {
      throw new ServerError(doing, error);
    }
  }

  /** @throws ServerError (rejects). */
  async command(doing: string, sql: string): Promise<void> {
    try {
      await this.#client.command({ query: sql });
    } catch (error) {
      throw new ServerError(doing, error);
    }
  }

  /**
   * Inserts rows in the format TabSeparated, all of them or none.
   *
   * @throws ServerError (rejects); without a `number` nobody knows whether they were.
   */
  async insert(
    table: string,
    {
      columns,
      rows,
      id,
    }: { columns: readonly string[]; rows: string | AsyncIterable<Buffer>; id?: string },
  ): Promise<void> {
    try {
      await this.#client.insert({
        table,
        columns: columns as [string, ...string[]],
        values: Readable.from(typeof rows === 'string' ? [Buffer.from(rows)] : rows, {
          objectMode: false,
        }),
        format: 'TabSeparated',
        ...(id !== undefined && { query_id: id }),
      });
    } catch (error) {
      throw new ServerError(`take rows of ${table}`, error);
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

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
