// Secrets that nobody has to name: their own form says what they are.

/**
 * By their first character and case, of any length that a program of today gives them. The ends are far,
 * but bounded.
 */
const TOKENS: Readonly<Record<string, readonly RegExp[]>> = {
  e: [/eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/y],
  g: [/gh[opsur]_[A-Za-z0-9]{30,255}/y, /github_pat_\w{22,255}/y, /glpat-[\w-]{20,255}/y],
  x: [/xox[abeoprs]-[\w-]{10,255}/y],
  A: [
    /(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])/y,
    /AIza[\w-]{35}/y,
    /AGE-SECRET-KEY-1[0-9A-Z]{50,64}/y,
  ],
  y: [/ya29\.[\w-]{20,1024}/y],
  n: [/npm_[A-Za-z0-9]{30,255}/y],
  s: [/sk-[\w-]{20,255}/y, /sk_(?:live|test)_\w{16,255}/y, /shp(?:at|ca|pa|ss)_[0-9a-f]{32}/y],
  S: [/SG\.[\w-]{16,255}\.[\w-]{16,255}/y],
  w: [/whsec_[\w+/=]{16,255}/y],
  h: [/hvs\.[\w-]{20,255}/y],
  p: [/pypi-[\w-]{50,255}/y],
  d: [/dop_v1_[0-9a-f]{64}/y],
};
const WEBHOOK = /hooks\.slack\.com\/services\/([\w/]{20,100})/iy;
const SIGNATURE = /sig(?:nature)?(?:=|%3d)([\w%+/=.~-]{16,})/iy;
const BEARER = /bearer(?:\s{1,8}|\+|%20)([\w.~+/=-]{8,})/iy;
const BASIC = /basic(?:\s{1,8}|\+|%20)([A-Za-z0-9+/]{6,}={0,2})/iy;
/** By their first letter, in any case. */
const NAMED: Readonly<Record<string, readonly RegExp[]>> = {
  h: [WEBHOOK],
  s: [SIGNATURE],
  b: [BEARER, BASIC],
};
const WORD = /^[A-Za-z][a-z]*$|^[a-z-]+$/;

export interface Span {
  from: number;
  to: number;
}

/** The secret whose first characters are at `start`, where a word begins. */
export function knownShape(text: string, start: number): Span | undefined {
  const first = text.charAt(start);
  for (const pattern of TOKENS[first] ?? []) {
    pattern.lastIndex = start;
    if (pattern.test(text)) return { from: start, to: pattern.lastIndex };
  }
  for (const pattern of NAMED[first.toLowerCase()] ?? []) {
    pattern.lastIndex = start;
    const value = pattern.exec(text)?.[1];
    if (value === undefined) continue;
    const isProse =
      pattern === BEARER
        ? value.length < 40 && WORD.test(value)
        : pattern === BASIC && !isPair(value);
    if (!isProse) return { from: pattern.lastIndex - value.length, to: pattern.lastIndex };
  }
  return undefined;
}

/** Whether it is `user:password` in base64; long ones are taken to be. */
function isPair(value: string): boolean {
  return value.length > 512 || /^[^:\p{Cc}]*:\P{Cc}*$/u.test(atobOr(value));
}

function atobOr(value: string): string {
  try {
    return atob(value);
  } catch {
    return '';
  }
}

const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** A private key in PEM; up to the text's end when its own is not there. */
export function privateKey(text: string, start: number): Span | undefined {
  KEY_BEGIN.lastIndex = start;
  if (!KEY_BEGIN.test(text)) return undefined;
  KEY_END.lastIndex = KEY_BEGIN.lastIndex;
  return { from: start, to: KEY_END.test(text) ? KEY_END.lastIndex : text.length };
}
