import type { Span } from './known-shapes.js';

/** How far a URL is looked at for the end of its password. */
const LENGTH_MAX = 600;
const DSN_LENGTH_MAX = 200;
const URL_END = /[\s"'`<>\\]|%22/g;
const PORT = /\d{1,5}(?=[/?#]|$)/y;
/** What can follow the `@` in front of a host. */
const HOST = /(?:\[[0-9a-f:.]+\]|[\w*-]+(?:\.[\w-]+)*)(?::[\w{}$]+)?(?=[/?#,;)]|$)/iy;
/** A host that is no part of a path by its looks: `db.example.com`, `10.0.0.1`, `localhost`, `db:5432`. */
const CLEAR_HOST =
  /(?:\[[0-9a-f:.]+\]|localhost|\d+(?:\.\d+){3}|[\w-]+(?:\.[\w-]+)*\.[a-z][\w-]*|[\w-]+(?=:\d))(?::\d+)?(?=[/?#,;)]|$)/iy;

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/**
 * The password of a URL whose authority begins at `start`. A password with `@`, `/`, `?` or `#` in it
 * as they are makes the URL ambiguous: of two ways to read it, the one that hides more.
 */
export function urlPassword(text: string, start: number): Span | undefined {
  if (!hasUser(text, start)) return undefined;
  URL_END.lastIndex = 0;
  const part = text.slice(start, start + LENGTH_MAX);
  const end = URL_END.exec(part)?.index ?? part.length;
  const url = part.slice(0, end);
  const colon = url.search(/[:@/?#]/);
  if (colon === -1 || url.charAt(colon) !== ':' || url.startsWith('[')) return undefined;
  if (matches(PORT, url, colon + 1)) return undefined;
  const at = passwordEnd(url, colon + 1);
  return at > colon + 1 ? { from: start + colon + 1, to: start + at } : undefined;
}

/** Whether the first character that is none of a user's is a colon, with something after it. */
function hasUser(text: string, start: number): boolean {
  for (let at = start; at < start + LENGTH_MAX; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x3a) return !(text.charCodeAt(at + 1) <= 0x20);
    // `/`, `?`, `#`, `@`, a space, quotation marks, or the end (NaN).
    if (!(unit > 0x20) || unit === 0x2f || unit === 0x3f || unit === 0x23 || unit === 0x40)
      return false;
    if (unit === 0x22 || unit === 0x27 || unit === 0x3c || unit === 0x3e) return false;
  }
  return false;
}

/** Where the `@` is that ends the password; -1 when there is none. */
function passwordEnd(url: string, from: number): number {
  const slash = url.slice(from).search(/[/?#]/);
  const authorityEnd = slash === -1 ? url.length : from + slash;
  const standard = url.lastIndexOf('@', authorityEnd - 1);
  let found = standard >= from ? standard : -1;
  for (let at = url.indexOf('@', authorityEnd); at !== -1; at = url.indexOf('@', at + 1)) {
    // In a query, addresses are values.
    const query = url.slice(from, at).search(/[?#]/);
    if (query !== -1 && url.slice(from + query, at).includes('=')) break;
    if (matches(found === -1 ? HOST : CLEAR_HOST, url, at + 1)) found = at;
  }
  return found;
}

/** `user:password@tcp(host)/`, as Go's drivers have it: the password ends at `at`. */
export function dsnPassword(text: string, at: number, floor: number): Span | undefined {
  if (!/^@(?:tcp|unix|tcp4|tcp6)\(/.test(text.slice(at, at + 8))) return undefined;
  const before = text.slice(Math.max(floor, at - DSN_LENGTH_MAX), at);
  const user = /(?:^|[\s"'`=<>])([^\s"'`=<>:@/]{1,64}:)[^\s"'`]{1,128}$/.exec(before)?.[1];
  if (user === undefined) return undefined;
  const from = at - before.length + before.lastIndexOf(user) + user.length;
  return { from, to: at };
}

/** `jdbc:oracle:thin:user/password@host`: what follows `thin:`. */
export function oraclePassword(text: string, start: number): Span | undefined {
  const found = /^[\w$]{1,64}\/([^\s@"']{1,128})@/.exec(text.slice(start, start + 200));
  const password = found?.[1];
  if (password === undefined) return undefined;
  const to = start + (found?.[0].length ?? 0) - 1;
  return { from: to - password.length, to };
}
