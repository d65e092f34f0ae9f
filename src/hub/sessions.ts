import { createHash, randomBytes } from 'node:crypto';
import type { HubScope } from './options.js';

/** What whoever has opened a session may do. */
export interface Grant {
  readonly scopes: readonly HubScope[];
  readonly project: string | undefined;
}

interface Session extends Grant {
  seenMs: number;
}

interface Link extends Grant {
  readonly endMs: number;
}

/** Nobody has looked for so long: the session is over. */
const SESSION_MS = 12 * 3_600_000;
const LINK_MS = 5 * 60_000;
const SESSIONS_MAX = 1_000;
const LINKS_MAX = 100;
const TOKEN_BYTES = 24;
const NAME_CHARACTERS = 8;

/** Who looks at the page of a hub: a key, or a link that is good once, becomes a session, whose token is in a cookie. */
export class Sessions {
  /** Of the cookie: hubs on other ports of one machine share their cookies. */
  readonly cookieName: string;
  readonly #now: () => number;
  /** In the order in which they were seen last. */
  readonly #sessions = new Map<string, Session>();
  readonly #links = new Map<string, Link>();

  /** @param hubId - unlike that of any other hub of this machine. */
  constructor(hubId: string, now: () => number = () => performance.now()) {
    const hash = createHash('sha256').update(hubId).digest('hex');
    this.cookieName = `aegis_${hash.slice(0, NAME_CHARACTERS)}`;
    this.#now = now;
  }

  /** @returns its token. */
  open({ scopes, project }: Grant): string {
    const token = newToken();
    this.#sessions.set(token, { scopes, project, seenMs: this.#now() });
    forgetFirst(this.#sessions, SESSIONS_MAX);
    return token;
  }

  /** Of a session that is open; undefined when it is none, or over. */
  find(token: string): Grant | undefined {
    const session = this.#sessions.get(token);
    if (session === undefined) return undefined;
    this.#sessions.delete(token);
    if (this.#now() - session.seenMs > SESSION_MS) return undefined;
    session.seenMs = this.#now();
    this.#sessions.set(token, session);
    return session;
  }

  close(token: string): void {
    this.#sessions.delete(token);
  }

  /**
   * Where whoever follows it opens one session, in the next five minutes. The token is in the fragment, which no server and no
   * log sees.
   */
  makeLink({ scopes, project }: Grant): string {
    const token = newToken();
    this.#links.set(token, { scopes, project, endMs: this.#now() + LINK_MS });
    forgetFirst(this.#links, LINKS_MAX);
    return `/ui/#token=${token}`;
  }

  /** Undefined when it was spent, or is too old. */
  spendLink(token: string): Grant | undefined {
    const link = this.#links.get(token);
    this.#links.delete(token);
    return link !== undefined && this.#now() < link.endMs ? link : undefined;
  }

  /** The token in a Cookie header. */
  tokenIn(header: string | undefined): string | undefined {
    const start = `${this.cookieName}=`;
    const cookies = (header ?? '').split(/;\s*/);
    return cookies.find((cookie) => cookie.startsWith(start))?.slice(start.length);
  }

  /** A Set-Cookie header; without a token, one that removes it. */
  cookieFor(token: string | undefined, isSecure: boolean): string {
    const age = token === undefined ? 0 : SESSION_MS / 1_000;
    const more = isSecure ? '; Secure' : '';
    return `${this.cookieName}=${token ?? ''}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${more}`;
  }
}

const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

function forgetFirst(map: Map<string, unknown>, max: number): void {
  if (map.size <= max) return;
  const [first] = map.keys();
  map.delete(first as string);
}
