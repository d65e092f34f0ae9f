import { closingQuote, isQuote, quoteLength } from './text-chars.js';

// Where values end that are not quoted. Each looks at a character once, and at what follows it for no
// more than a name's length, so that the time is linear.

const NEXT_FIELD =
  /[^\S\r\n]{0,8}\\{0,15}["']?[\w.$%-]{1,64}(?:(?: [\w.$-]{1,64}){0,2}(?==)|(?:\[[^\]\s]{0,64}\]){1,4})?\\{0,15}["']?[^\S\r\n]?[:=]/y;
const NEXT_ASSIGNED = /[\w.$-]{1,64}=(?!=)/y;
/** Where JSON is in a text as it is: a line's end in a string. */
const ESCAPED_LINE_END = /\\{1,15}(?:r\\{1,15}n|[rn](?=[A-Za-z-]{1,64}: |["\\\s]|$))/y;
const CLOSING = /[)}\]>]{1,8}(?=[\s,;.:"'`\\]|$)/y;
const QUOTE_ENDS = /["'`](?=[,}\]):;>\s\\]|$)/y;

function is(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const AMPERSAND = 0x26;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const HASH = 0x23;

function isLineEnd(text: string, at: number, unit: number): boolean {
  if (unit === LINE_FEED || unit === RETURN) return true;
  return unit === BACKSLASH && is(ESCAPED_LINE_END, text, at);
}

/** Whether the mark at `at` is the one that encloses name and value, whose length is `around`. */
function closesAround(text: string, at: number, unit: number, around: number): boolean {
  if (around === 0 || (unit !== BACKSLASH && !isQuote(unit))) return false;
  const length = quoteLength(text, at);
  return length > 0 && length <= around;
}

/** The end of the line; with a mark in front of the header's name, that mark. */
export function headerEnd(text: string, from: number, around: number): number {
  let at = from;
  let line = text.indexOf('\n', from);
  if (line === -1) line = text.length;
  while (at < line) {
    const unit = text.charCodeAt(at);
    if (isLineEnd(text, at, unit) || closesAround(text, at, unit, around)) break;
    if (around === 0 && unit === 0x22) {
      // `username="x", realm="y"`; any other mark closes what is around.
      if (text.charAt(at - 1) !== '=') break;
      const close = closingQuote(text, at + 1, 1);
      at = Math.min(line, close + 1);
      continue;
    }
    at++;
  }
  return trimmed(text, from, at);
}

function trimmed(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && /[ \t]/.test(text.charAt(end - 1))) end--;
  return end;
}

/** After `name: `: words up to the next name, a mark or bracket that closes what is around, or the line's end. */
export function colonEnd(text: string, from: number, around: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isLineEnd(text, at, unit) || closesAround(text, at, unit, around)) break;
    if ((unit === COMMA || unit === SEMICOLON) && is(NEXT_FIELD, text, at + 1)) break;
    if (unit === SPACE || unit === TAB) {
      if (
        is(NEXT_ASSIGNED, text, at + 1) ||
        /^(?:[|<#] |&& |-> )/.test(text.slice(at + 1, at + 4))
      ) {
        break;
      }
    } else if (unit === 0x3c) {
      if (/^<[/a-z]/i.test(text.slice(at, at + 2))) break;
    } else if (unit === 0x29 || unit === 0x7d || unit === 0x5d) {
      if (is(CLOSING, text, at)) break;
    } else if (isQuote(unit) && at > from && is(QUOTE_ENDS, text, at)) break;
  }
  return trimmed(text, from, at);
}

/**
 * After `name=`: up to a space, or to `&`, `;` or `,` where another name comes after it.
 *
 * @param before - the character in front of the name: after `;` spaces are part of a value, as in
 * connection strings, and after `?` and `&` a `#` ends it.
 */
export function equalsEnd(
  text: string,
  from: number,
  before: string,
  isOption: boolean,
  around: number,
): number {
  const isQuery = before === '?' || before === '&';
  let at = from;
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isLineEnd(text, at, unit) || closesAround(text, at, unit, around)) break;
    if (unit === SPACE || unit === TAB) {
      if (before !== ';' || is(NEXT_ASSIGNED, text, at + 1)) break;
    } else if (unit === AMPERSAND || unit === SEMICOLON || unit === COMMA) {
      const next = text.charAt(at + 1);
      if (next === '' || /[\s"'`]/.test(next) || (!isOption && is(NEXT_FIELD, text, at + 1))) break;
    } else if (unit === HASH) {
      if (isQuery) break;
    } else if (unit === 0x3c) {
      if (/^<[/a-z]/i.test(text.slice(at, at + 2))) break;
    } else if (unit === BACKSLASH) {
      if (/^\\{1,15}(?:u0026|["'])/i.test(text.slice(at, at + 18))) break;
    } else if (unit === 0x29 || unit === 0x7d || unit === 0x5d || unit === 0x3e) {
      if (is(CLOSING, text, at)) break;
    } else if (isQuote(unit)) {
      if (at === from || is(QUOTE_ENDS, text, at)) break;
    }
  }
  return at;
}

/** One past the bracket that closes the one at `from`, whatever is quoted in between; else the text's end. */
export function balancedEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x7b || unit === 0x5b) depth++;
    else if (unit === 0x7d || unit === 0x5d) {
      if (--depth === 0) return at + 1;
    } else if (isQuote(unit) || unit === BACKSLASH) {
      const length = quoteLength(text, at);
      // An apostrophe in a word quotes nothing.
      if (length === 0 || /\w/.test(text.charAt(at - 1))) continue;
      at = closingQuote(text, at + length, length) + length - 1;
    }
  }
  return text.length;
}
