/** Containers that a number may be in. */
const DEPTH_MAX = 3;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What `JSON.parse` does not tell about a text: see {@link scanJson}. */
export interface JsonScan {
  /** Number tokens as they are written, by JSON Pointer; not deeper than `/a/0/b`. */
  readonly numbers: ReadonlyMap<string, string>;
  /** Members of all objects together. More than the parsed value has means a repeated name. */
  readonly members: number;
}

/**
 * Recovers from a JSON text what `JSON.parse` loses: the digits of integers above 2^53 and the
 * number of members, which shows whether a name occurred twice.
 *
 * @param text - JSON that `JSON.parse` has already accepted; this function checks no grammar.
 */
export function scanJson(text: string): JsonScan {
  const numbers = new Map<string, string>();
  // The key under way in each container, as [start, end) of its token; start -1: none, so an array, of
  // which the end is the index of the element under way, or an object just opened.
  const keyStart = [-1, -1, -1, -1];
  const keyEnd = [0, 0, 0, 0];
  let members = 0;
  let depth = 0;
  let stringStart = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      stringStart = at;
      at = closingQuote(text, at);
    } else if (code === 0x3a /* : */) {
      members++;
      if (depth <= DEPTH_MAX) {
        keyStart[depth] = stringStart;
        keyEnd[depth] = text.lastIndexOf('"', at) + 1;
      }
    } else if (code === 0x7b /* { */ || code === 0x5b /* [ */) {
      depth++;
      if (depth <= DEPTH_MAX) {
        keyStart[depth] = -1;
        keyEnd[depth] = 0;
      }
    } else if (code === 0x7d /* } */ || code === 0x5d /* ] */) {
      depth--;
    } else if (code === 0x2d /* - */ || (code >= 0x30 && code <= 0x39)) {
      const start = at;
      while (isNumberPart(text.charCodeAt(at + 1))) at++;
      if (depth > DEPTH_MAX) continue;
      let pointer = '';
      for (let level = 1; level <= depth; level++) {
        const from = keyStart[level] as number;
        const end = keyEnd[level] as number;
        pointer += from < 0 ? `/${end}` : `/${keyName(text.slice(from, end))}`;
      }
      numbers.set(pointer, text.slice(start, at + 1));
    } else if (code === 0x2c /* , */ && depth <= DEPTH_MAX && keyStart[depth] === -1) {
      keyEnd[depth] = (keyEnd[depth] as number) + 1;
    }
  }
  return { numbers, members };
}

/** Members of all objects within a parsed value; compare with {@link JsonScan.members}. */
export function countMembers(value: unknown): number {
  let members = 0;
  // A stack of our own: a hostile value may be nested deeper than the call stack is.
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next !== 'object' || next === null) continue;
    const children = Object.values(next);
    if (!Array.isArray(next)) members += children.length;
    for (const child of children) pending.push(child);
  }
  return members;
}

const INTEGER_TOKEN = /^-?\d{1,20}$/;

/**
 * The value of a number token if it is an integer within the bounds, exactly; else undefined.
 * `1.0` and `1e3` are not: whoever wrote them has already been through floating point.
 */
export function exactInteger(
  token: string | undefined,
  min: bigint,
  max: bigint,
): bigint | undefined {
  if (token === undefined || !INTEGER_TOKEN.test(token)) return undefined;
  const value = BigInt(token);
  return value >= min && value <= max ? value : undefined;
}

function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

function isNumberPart(code: number): boolean {
  // Digits, '.', '-', '+', 'e', 'E'. NaN, past the end of the text, compares false throughout.
  return (
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2e ||
    code === 0x2d ||
    code === 0x2b ||
    code === 0x65 ||
    code === 0x45
  );
}

function keyName(token: string): string {
  const name = token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
  return name.includes('/') || name.includes('~')
    ? name.replaceAll('~', '~0').replaceAll('/', '~1')
    : name;
}
