import { CommandLine } from './command-line.js';
import { Match } from './field-name.js';
import { CODE_BITS, CODES, FIELD_STEM, OTHER, SHAPE_STEM, STEM_MASK } from './field-trigger.js';
import { knownShape, privateKey, type Span } from './known-shapes.js';
import { MASK } from './mask.js';
import { maskWholeJson } from './mask-json.js';
import type { SensitiveFields } from './sensitive-fields.js';
import { decodedName, nameEnd, nameStart } from './text-chars.js';
import { TextValue } from './text-value.js';
import { dsnPassword, oraclePassword, urlPassword } from './url-password.js';

/** Of a character: its code; or that it ends a name, may stand in one between words, or is looked at. */
const BREAK = 0;
const GAP = 32;
const SPECIAL_GAP = 33;
const SPECIAL = 34;
const KINDS = Uint8Array.from(CODES);
for (const character of ' _.') KINDS[character.charCodeAt(0)] = GAP;
for (const character of ':%\\@') KINDS[character.charCodeAt(0)] = SPECIAL;
KINDS[0x2d] = SPECIAL_GAP;

const COLON = 0x3a;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const DASH = 0x2d;
const AT = 0x40;

/** Characters in which the three of a trigger are, with what is between them. */
const STEM_SPREAD = 16;

/** JSON's escape of a letter, a digit, `-` or `_`. */
const ESCAPED_LETTER = /\\{1,15}u00(?:2d|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])/iy;
/** A name some of whose letters are escaped. */
const ESCAPED_NAME =
  /(?:[\w.$-]|\\{1,15}u00(?:2d|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])){1,128}/iy;
const ENCODED_LETTER = /%(?:2d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])/iy;

function isAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/**
 * Masks in a text what it says is the value of a sensitive field, passwords in URLs and commands,
 * and what is known to be a secret by its form. JSON stays JSON. The time is linear in the text.
 *
 * @param levels - of JSON in strings of JSON that are still taken apart.
 */
export function maskText(text: string, sensitive: SensitiveFields, levels = 4): string {
  const first = firstTrigger(text, sensitive, 0, 0);
  if (first === -1) return text;
  if (levels > 0 && mayBeJson(text)) {
    const masked = maskWholeJson(text, sensitive, (said) => maskText(said, sensitive, levels - 1));
    if (masked !== undefined) return masked;
  }
  return new TextMasker(text, sensitive).mask(first);
}

/** Whether a text has the brackets of an object or a list around it. */
function mayBeJson(text: string): boolean {
  const open = /^\s{0,64}([{[])/.exec(text.slice(0, 65))?.[1];
  if (open === undefined) return false;
  return /[}\]]\s{0,64}$/.test(text.slice(-65));
}

/** Whether there is something at a special character. */
function isSpecial(text: string, at: number, unit: number): boolean {
  const next = text.charCodeAt(at + 1);
  if (unit === COLON) {
    if (next === 0x2f || (next === BACKSLASH && text.charCodeAt(at + 2) === 0x2f)) return true;
    return text.charCodeAt(at - 1) === 0x6e && text.slice(at - 4, at) === 'thin';
  }
  if (unit === PERCENT) return isAt(ENCODED_LETTER, text, at);
  if (unit === BACKSLASH)
    return (next === BACKSLASH || next === 0x75) && isAt(ESCAPED_LETTER, text, at);
  if (unit === AT) return (next | 0x20) === 0x74 || (next | 0x20) === 0x75;
  // `-----BEGIN`, ` -p`, ` --user`.
  if (next === DASH && text.charCodeAt(at + 2) === DASH) return true;
  return text.charCodeAt(at - 1) === 0x20;
}

/** The codes of the last three characters, where firstTrigger() has stopped. */
let lastStem = 0;
/** Where the name ends that was found there: NOT_LOOKED when it was another reason to stop. */
let lastEnd = 0;
const NOT_LOOKED = -2;

/**
 * The index of the first character, from `from`, at which there may be something to be masked: the third
 * of a name or a known token, or a special one; -1 when there is none.
 *
 * @param stem - the codes of the characters before `from`.
 */
function firstTrigger(
  text: string,
  { trigger }: SensitiveFields,
  from: number,
  stem: number,
): number {
  const { stems } = trigger;
  const { length } = text;
  let codes = stem;
  for (let at = from; at < length; at++) {
    const unit = text.charCodeAt(at);
    const kind = unit < 128 ? (KINDS[unit] as number) : OTHER;
    if (kind >= GAP) {
      if (kind > GAP && isSpecial(text, at, unit)) {
        lastStem = kind === SPECIAL ? 0 : codes;
        return at;
      }
      if (kind === SPECIAL) codes = 0;
      continue;
    }
    if (kind === BREAK) {
      codes = 0;
      continue;
    }
    codes = ((codes << CODE_BITS) | kind) & STEM_MASK;
    const found = stems[codes] as number;
    if (found === 0) continue;
    const isShape = (found & SHAPE_STEM) !== 0;
    const end = isShape ? NOT_LOOKED : trigger.fieldEnd(text, at, codes);
    if (end === -1) continue;
    lastStem = codes;
    lastEnd = end;
    return at;
  }
  return -1;
}

/** One pass through a text that has something in it. */
class TextMasker {
  readonly #text: string;
  readonly #sensitive: SensitiveFields;
  readonly #value: TextValue;
  readonly #command: CommandLine;
  #masked = '';
  /** Up to here the text is in what is masked. */
  #copied = 0;

  constructor(text: string, sensitive: SensitiveFields) {
    this.#text = text;
    this.#sensitive = sensitive;
    this.#value = new TextValue(text);
    this.#command = new CommandLine(text);
  }

  /** @param first - where the first trigger is. */
  mask(first: number): string {
    const text = this.#text;
    const sensitive = this.#sensitive;
    let at = firstTrigger(text, sensitive, Math.max(0, first - STEM_SPREAD), 0);
    while (at !== -1) {
      const stem = lastStem;
      const unit = text.charCodeAt(at);
      const kind = unit < 128 ? (KINDS[unit] as number) : OTHER;
      const next =
        kind > GAP
          ? this.#special(at, unit)
          : this.#stem(at, stem, sensitive.trigger.stems[stem] as number);
      at =
        next > at + 1
          ? firstTrigger(text, sensitive, next, 0)
          : firstTrigger(text, sensitive, at + 1, stem);
    }
    return this.#copied === 0 ? text : this.#masked + text.slice(this.#copied);
  }

  /** What is at the third character of a stem; gives where to go on. */
  #stem(third: number, stem: number, found: number): number {
    const text = this.#text;
    if ((found & SHAPE_STEM) !== 0) {
      const start = /[A-Za-z0-9]/.test(text.charAt(third - 1)) ? third - 2 : third - 3;
      const isWordStart = !/[A-Za-z0-9]/.test(text.charAt(start - 1));
      const shape = isWordStart ? knownShape(text, start) : undefined;
      if (shape !== undefined) return this.#replace(shape);
      if (isWordStart) this.#command.begin(start);
    }
    if ((found & FIELD_STEM) === 0) return third + 1;
    const end =
      lastEnd === NOT_LOOKED ? this.#sensitive.trigger.fieldEnd(text, third, stem) : lastEnd;
    if (end === -1) return third + 1;
    const start = nameStart(text, this.#fieldStart(third), this.#copied);
    return this.#name(start, nameEnd(text, end), third + 1);
  }

  /** About where the first of the three characters is that end at `third`. */
  #fieldStart(third: number): number {
    let at = third;
    for (let i = 0; i < 2; i++) {
      at--;
      while (at > this.#copied && KINDS[this.#text.charCodeAt(at)] === GAP) at--;
    }
    return Math.max(at, this.#copied);
  }

  /** A name, of which the value follows if it is a sensitive field's. Gives where to go on. */
  #name(start: number, end: number, least: number): number {
    const text = this.#text;
    const name = decodedName(text.slice(start, end));
    const match = this.#sensitive.matchOf(name);
    if (match === Match.None) return Math.max(end, least);
    if (!this.#value.find(start, end, match === Match.Plural)) return Math.max(end, least);
    const { from, to, mask } = this.#value;
    return this.#replace({ from, to }, mask);
  }

  #special(at: number, unit: number): number {
    const text = this.#text;
    if (unit === COLON) return this.#url(at);
    if (unit === PERCENT || unit === BACKSLASH) return this.#escapedName(at, unit);
    if (unit === AT) {
      const password = dsnPassword(text, at, this.#copied);
      return password === undefined ? at + 1 : this.#replace(password);
    }
    if (text.charCodeAt(at + 1) === DASH && text.charCodeAt(at + 2) === DASH) {
      let end = at;
      while (text.charCodeAt(end) === DASH) end++;
      const key = privateKey(text, end - 5);
      return key === undefined ? end : this.#replace(key);
    }
    const secret = this.#command.secretAt(at);
    return secret === undefined ? at + 1 : this.#replace(secret);
  }

  #url(at: number): number {
    const text = this.#text;
    let start = at + 1;
    while (text.charCodeAt(start) === BACKSLASH || text.charCodeAt(start) === 0x2f) {
      if (++start > at + 5) break;
    }
    const password = start === at + 1 ? oraclePassword(text, start) : urlPassword(text, start);
    return password === undefined ? start : this.#replace(password);
  }

  /** `%70assword=`, `"\u0070assword":`. */
  #escapedName(at: number, unit: number): number {
    const text = this.#text;
    const start = nameStart(text, at, this.#copied);
    let end: number;
    if (unit === PERCENT) end = nameEnd(text, at);
    else {
      ESCAPED_NAME.lastIndex = at;
      ESCAPED_NAME.test(text);
      end = ESCAPED_NAME.lastIndex;
    }
    return this.#name(start, end, at + 1);
  }

  #replace({ from, to }: Span, mask = MASK): number {
    // What is masked already stays as it is.
    if (this.#text.slice(from, to) !== mask) {
      this.#masked += this.#text.slice(this.#copied, from) + mask;
      this.#copied = to;
    }
    return to;
  }
}
