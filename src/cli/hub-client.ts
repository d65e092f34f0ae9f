import { readFileSync } from 'node:fs';
import { TraceError } from '../errors.js';
import { messageOf } from '../thrown.js';
import { HUB_URL_DEFAULT, isOwnMachine, keyOfFile } from '../wire/hub-address.js';

/** Options of every command that asks a hub. */
export interface HubClientOptions {
  hub?: string;
  keyFile?: string;
}

/** What a command needs a key for. */
export type ClientScope = 'read' | 'admin';

const KEYS_FILE = 'logs/hub.keys';
const SHOWN_MAX = 300;

/** Asks a hub. */
export class HubClient {
  readonly url: URL;
  readonly #key: string;

  /**
   * @throws TraceError `ERR_TRACE_OPTION` for a URL that is none, or when no key is found; `ERR_TRACE_FILE` for a
   * file of keys that cannot be read.
   */
  constructor(
    options: HubClientOptions,
    env: Readonly<Record<string, string | undefined>>,
    scope: ClientScope = 'read',
  ) {
    const given = options.hub ?? (env.AEGIS_HUB_URL || HUB_URL_DEFAULT);
    const url = URL.canParse(given) ? new URL(given) : undefined;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      throw new TraceError('ERR_TRACE_OPTION', `--hub must be an http or https URL; got ${given}`);
    }
    this.url = new URL(url.pathname.endsWith('/') ? url.href : `${url.href}/`);
    this.#key = keyFor(url, options.keyFile, env, scope);
  }

  /** The body of an answer. @throws TraceError `ERR_TRACE_HUB` with what the hub says. */
  async get(
    path: string,
    params: Readonly<Record<string, string | undefined>> = {},
  ): Promise<string> {
    const response = await this.#fetch(path, params, {});
    return response.text();
  }

  /** The body of the answer to a POST. @throws as {@link get}. */
  post(path: string, body?: object): Promise<string> {
    return this.#send('POST', path, body);
  }

  /** The body of the answer to a PATCH. @throws as {@link get}. */
  patch(path: string, body: object): Promise<string> {
    return this.#send('PATCH', path, body);
  }

  /** A stream of server-sent events, from after `lastId`. @throws as {@link get}. */
  async stream(
    path: string,
    params: Readonly<Record<string, string | undefined>>,
    lastId: string | undefined,
  ): Promise<AsyncIterable<Uint8Array>> {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
    const { body } = await this.#fetch(path, params, headers);
    return body as unknown as AsyncIterable<Uint8Array>;
  }

  async #send(method: 'POST' | 'PATCH', path: string, body: object | undefined): Promise<string> {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await this.#fetch(path, {}, headers, { method, body: text });
    return response.text();
  }

  async #fetch(
    path: string,
    params: Readonly<Record<string, string | undefined>>,
    headers: Readonly<Record<string, string>>,
    sent: { method: 'POST' | 'PATCH'; body: string | undefined } | undefined = undefined,
  ): Promise<Response> {
    const url = new URL(path, this.url);
    for (const [name, value] of Object.entries(params)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    let response: Response;
    try {
      response = await fetch(url, {
        ...(sent && { method: sent.method, body: sent.body ?? null }),
        headers: { ...headers, authorization: `Bearer ${this.#key}` },
        redirect: 'error',
      });
    } catch (error) {
      const why = messageOf((error as Error).cause ?? error);
      throw new TraceError(
        'ERR_TRACE_HUB',
        `the hub at ${this.url.origin} does not answer: ${why}`,
      );
    }
    if (response.ok) return response;
    throw new TraceError('ERR_TRACE_HUB', saidBy(this.url, response.status, await response.text()));
  }
}

function saidBy({ origin }: URL, status: number, text: string): string {
  let detail = text.slice(0, SHOWN_MAX);
  try {
    const problem = JSON.parse(text) as { detail?: unknown };
    if (typeof problem.detail === 'string') detail = problem.detail;
  } catch {
    // Some other program's answer, shown as it is.
  }
  return `the hub at ${origin} answers ${status}: ${detail}`;
}

function keyFor(
  url: URL,
  keyFile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  scope: ClientScope,
): string {
  if (keyFile !== undefined) return keyIn(keyFile, scope);
  if (env.AEGIS_HUB_KEY) return env.AEGIS_HUB_KEY;
  if (isOwnMachine(url)) {
    try {
      return keyIn(KEYS_FILE, scope);
    } catch {
      // Said below.
    }
  }
  throw new TraceError(
    'ERR_TRACE_OPTION',
    `a key of the hub ${url.origin} is needed: set AEGIS_HUB_KEY, or give --key-file ${KEYS_FILE} of its folder`,
  );
}

/** A file of keys of a hub, or one that has nothing but a key. */
function keyIn(path: string, scope: ClientScope): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TraceError('ERR_TRACE_FILE', `${path} could not be read: ${messageOf(cause)}`, {
      cause,
    });
  }
  const key = keyOfFile(text, scope) ?? /^\s*(\S+)\s*$/.exec(text)?.[1];
  if (key !== undefined) return key;
  throw new TraceError('ERR_TRACE_OPTION', `${path} has no key of the scope ${scope}`);
}
