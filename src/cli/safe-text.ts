import { formatExactJson } from '../wire/exact-json.js';

// Controls, formatting characters (bidirectional overrides among them), line and paragraph
// separators, lone surrogates: what can move the cursor, hide text or split a line.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
// Joiners are formatting characters too, but emoji and several scripts are unreadable without.
const JOINERS = new Set(['\u200c', '\u200d']);
const SHORT_ESCAPES = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
// The same in JSON, but for the C0 controls and lone surrogates, which JSON.stringify escapes.
const UNSAFE_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Makes text from a file fit for a terminal: on one line, showing what it would have done. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (JOINERS.has(character)) return character;
    const short = SHORT_ESCAPES.get(character);
    if (short !== undefined) return short;
    const code = character.codePointAt(0) as number;
    if (code <= 0xff) return `\\x${hex(code, 2)}`;
    return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 1)}}`;
  });
}

/** Escapes the same characters in JSON text, where `\uXXXX` means what it stood for. */
export function safeJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (character) =>
    Array.from({ length: character.length }, (_, unit) => character.charCodeAt(unit))
      .map((code) => `\\u${hex(code, 4)}`)
      .join(''),
  );
}

/**
 * `JSON.stringify` in which bigints are JSON integers, exactly, and which is safe on a terminal.
 * Undefined members are left out.
 */
export function toJson(value: unknown): string {
  return safeJson(formatExactJson(value));
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
