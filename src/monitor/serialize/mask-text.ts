import { MASK, type SensitiveFields } from './sensitive-fields.js';

const EQUALS = 0x3d;
const COLON = 0x3a;

/** Without `=` or `:` a text names no value: most texts end here, so it is no regular expression. */
function mayName(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === EQUALS || unit === COLON) return true;
  }
  return false;
}

/**
 * A name and what stands between it and its value, as in query strings, headers, cookies, JSON and
 * what programs print. A name is tried from its beginning only, and no two neighbouring repetitions
 * match the same character, so that the time is linear in the text.
 */
const NAME =
  /(?<![\w.%$\u0080-\uffff-])([\w.%$\u0080-\uffff-]{1,256}(?:\[[^\]\s]{0,64}\])?)\\{0,3}["'`]?\s{0,3}(?:=>|=|:|%3d)\s{0,3}/gi;

/** The value behind it: quoted, or up to what cannot be part of one. */
const VALUE =
  /(?:(?:Bearer|Basic|Digest|Token|Negotiate)\s{1,3})?(?:\\{0,3}"(?:[^"\\]|\\.)*"?|\\{0,3}'(?:[^'\\]|\\.)*'?|`[^`]*`?|[^\s&;,"'`<>(){}[\]]+)/iy;

/** `https://user:password@host`. */
const USER_INFO = /(:\/\/[^\s/:@?#]{0,256}:)[^\s/@?#]{1,512}@/g;

function decoded(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Masks what a text says is the value of a sensitive field, and passwords in URLs. */
export function maskText(text: string, sensitive: SensitiveFields): string {
  if (!mayName(text)) return text;
  const source = text.includes('://') ? text.replace(USER_INFO, `$1${MASK}@`) : text;
  let masked = '';
  let copied = 0;
  NAME.lastIndex = 0;
  for (let match = NAME.exec(source); match !== null; match = NAME.exec(source)) {
    if (!sensitive.has(decoded(match[1] as string))) continue;
    VALUE.lastIndex = NAME.lastIndex;
    if (!VALUE.test(source)) continue;
    masked += source.slice(copied, NAME.lastIndex) + MASK;
    copied = VALUE.lastIndex;
    NAME.lastIndex = copied;
  }
  return copied === 0 ? source : masked + source.slice(copied);
}
