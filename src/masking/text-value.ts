import { MASK } from './mask.js';
import { closingQuote, isQuote, quoteLength, quoteLengthBefore } from './text-chars.js';
import { balancedEnd, colonEnd, equalsEnd, headerEnd } from './value-end.js';

/** What may stand between a name and what separates it from its value: `[0]`, `]`, a quotation mark, spaces. */
const AFTER_NAME = /(?:\[[^\][\s]{0,64}\]|\]){0,4}(\\{0,15}["'`]|%22)?\]?/iy;
const SEPARATOR = /=>|:=|=|:|%3d|%3a|\\{1,15}u003d/iy;
const SPACES = /[^\S\r\n]{0,16}/y;
const ANY_SPACES = /\s{0,64}/y;
/** Headers whose value is the rest of their line, whatever is in it. */
const WHOLE_LINE = /authorization|cookie/i;
/** No secret, and worth knowing. */
const LITERAL = /(?:true|false|null|undefined|none|nil)(?![^\s,;&)}\]"'`<>\\|])/iy;
const MASKED = /\*\*\*(?![^\s,;&)}\]"'`<>\\|])/y;
const NUMBER = /[+-]?\d[\d_.]{0,40}(?![^\s,;&)}\]"'`<>\\|])/y;
const SCHEME =
  /(?:Bearer|Basic|Digest|Token|Negotiate|ApiKey|Key|HMAC-[\w-]{1,20}|AWS4-[\w-]{1,20})(?:[^\S\r\n]{1,8}|\+|%20)/iy;
/** Of a character: whether a literal, or a scheme, may begin with it. */
const STARTS = new Uint8Array(128);
const LITERAL_START = 1;
const SCHEME_START = 2;
for (const letter of 'tfnu') mark(letter, LITERAL_START);
for (const letter of 'bdtnakh') mark(letter, SCHEME_START);
const ASTERISK = 0x2a;

function mark(letter: string, start: number): void {
  for (const either of [letter, letter.toUpperCase()]) {
    const unit = either.charCodeAt(0);
    STARTS[unit] = (STARTS[unit] as number) | start;
  }
}

/** `file.js:12:5`. */
const POSITION = /\d+(?::\d+|\)|\s|,|$)/y;
/** In `name: 'password', value: 'x'`, `['password', 'x']` and their kin: what leads to the value. */
const PAIRED =
  /(\\{0,15}["'`])?[^\S\r\n]{0,8}([,;&]?)\s{0,64}(?:\\{0,15}["'`]?(?:value|val|content)\\{0,15}["'`]?[^\S\r\n]{0,4}(?:=>|=|:)\s{0,16}|(?=\\{0,15}["'`]))/iy;
/** A part of a form: its value is on the lines after the empty one. */
const FORM_PART =
  /"(?:;[^\r\n]{0,200})?(?:(?:\r?\n|\\r\\n|\\n)[\w-]{1,64}:[^\r\n\\]{0,200}){0,4}(?:\r?\n\r?\n|\\r\\n\\r\\n|\\n\\n)/y;
const FORM_END = /\r?\n--|\\r\\n--|\\n--/g;

/** After a mark that closes what is around: `"…?password=", "next": …`. */
const NOTHING_QUOTED = /,\s{0,8}["'{[]|[}\]]{1,16}(?:,|\s{0,8}$)|\s{0,8}$/y;

const WORDS_BEFORE = /\b(?:configure set|login \S{1,64})\s$/;

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

/** Finds what a text says is the value of a name, and what is to be written in its place. */
export class TextValue {
  readonly #text: string;
  /** The value, from and one past its end. */
  from = 0;
  to = 0;
  mask = MASK;

  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Whether there is a value after the name, which is then in `from`, `to` and `mask`.
   *
   * @param isPlural - a number under it is a count.
   */
  find(start: number, end: number, isPlural: boolean): boolean {
    const text = this.#text;
    let keyQuote = '';
    let at = end;
    let separator: string | undefined;
    const unit = text.charCodeAt(end);
    const next = text.charCodeAt(end + 1);
    // `name=` and `name:`, as most are: without the regular expressions.
    if ((unit === 0x3d && next !== 0x3e) || (unit === 0x3a && next !== 0x3d)) {
      separator = text.charAt(end);
    } else {
      AFTER_NAME.lastIndex = end;
      const closing = AFTER_NAME.exec(text);
      keyQuote = closing?.[1] ?? '';
      const after = end + (closing?.[0].length ?? 0);
      at = endOf(keyQuote === '' ? SPACES : ANY_SPACES, text, after);
      SEPARATOR.lastIndex = at;
      separator = SEPARATOR.exec(text)?.[0];
    }
    if (separator === undefined) return this.#withoutSeparator(start, end, keyQuote);
    let value = at + separator.length;
    if (!this.#separates(separator, start, end, value, keyQuote)) return false;
    if (text.charCodeAt(value) <= 0x20 || text.charCodeAt(value) > 0x7f) {
      value = endOf(keyQuote === '' ? SPACES : ANY_SPACES, text, value);
    }
    const isEncoded = /^[%\\]/.test(separator);
    if (isEncoded) return this.#encoded(value);
    const isColon = separator === ':' || separator === ':=';
    return this.#at(value, start, text.slice(start, end), keyQuote, isColon, isPlural);
  }

  #separates(separator: string, start: number, end: number, value: number, quote: string): boolean {
    const text = this.#text;
    const next = text.charAt(value);
    // Comparisons, `std::token::x`, and `token.js:12:5`.
    if (separator === '=' && (next === '=' || next === '~')) return false;
    if (separator === ':' && next === ':') return false;
    if (separator === '=>' && quote === '' && !/[:[]/.test(text.charAt(start - 1))) {
      return quoteLength(text, endOf(SPACES, text, value)) > 0;
    }
    if (separator !== ':' || quote !== '') return true;
    return !text.slice(start, end).includes('.') || endOf(POSITION, text, value) === -1;
  }

  /** A value at `at`, of which the separator tells how it ends. */
  #at(
    at: number,
    start: number,
    name: string,
    keyQuote: string,
    isColon: boolean,
    isPlural: boolean,
  ): boolean {
    const text = this.#text;
    const unit = text.charCodeAt(at);
    if (at >= text.length || unit === 0x0a || unit === 0x0d) return false;
    // Most values do not even begin like one of these.
    const starts = unit < 128 ? (STARTS[unit] as number) : 0;
    if ((starts & LITERAL_START) !== 0 && endOf(LITERAL, text, at) !== -1) return false;
    if (unit === ASTERISK && endOf(MASKED, text, at) !== -1) return false;
    if (isPlural && endOf(NUMBER, text, at) !== -1) return false;
    const quote = quoteLength(text, at);
    if (quote > 0) return this.#quoted(at + quote, quote);
    this.from = at;
    this.mask = keyQuote === '' || keyQuote === '%22' ? MASK : keyQuote + MASK + keyQuote;
    if (unit === 0x7b || unit === 0x5b) {
      this.to = balancedEnd(text, at);
      return true;
    }
    if (keyQuote !== '') {
      // A number or a word of JSON or of what is like it.
      this.to = colonEnd(text, at, 0);
      return this.to > at;
    }
    const around = quoteLengthBefore(text, start);
    if (isColon) {
      this.to = WHOLE_LINE.test(name) ? headerEnd(text, at, around) : colonEnd(text, at, around);
    } else {
      const before = text.charAt(start - 1);
      const scheme = (starts & SCHEME_START) !== 0 ? endOf(SCHEME, text, at) : -1;
      const from = scheme === -1 ? at : scheme;
      this.to = equalsEnd(text, from, before, name.startsWith('-'), around);
    }
    return this.to > at;
  }

  #quoted(from: number, quote: number): boolean {
    const text = this.#text;
    if (quote === 1 && endOf(NOTHING_QUOTED, text, from) !== -1) return false;
    this.from = from;
    this.to = closingQuote(text, from, quote);
    this.mask = MASK;
    // In a shell, `'a'"b"` and `'a'b` are one word.
    let end = Math.min(text.length, this.to + quote);
    const next = text.charCodeAt(end);
    if (quote === 1 && (isQuote(next) || /[\w$]/.test(text.charAt(end)))) {
      while (end < text.length) {
        if (isQuote(text.charCodeAt(end))) end = closingQuote(text, end + 1, 1) + 1;
        else if (/[^\s,;&)}\]<>|:]/.test(text.charAt(end))) end++;
        else break;
      }
      this.to = Math.min(end, text.length);
      this.mask = MASK + text.charAt(from - 1);
    }
    return this.to > from;
  }

  /** In a URL in a URL, or JSON with its `=` and `&` escaped. */
  #encoded(at: number): boolean {
    const from = this.#text.startsWith('%22', at) ? at + 3 : at;
    const ends = /%26|%22|%7d|%2c|&|\\u0026|[\s"'`<>\\]/gi;
    ends.lastIndex = from;
    this.from = from;
    this.to = ends.exec(this.#text)?.index ?? this.#text.length;
    this.mask = MASK;
    return this.to > from;
  }

  /** `--password x`, `{name: 'password', value: 'x'}`, `['password', 'x']`, a part of a form, an element of XML. */
  #withoutSeparator(start: number, end: number, keyQuote: string): boolean {
    const text = this.#text;
    if (text.charAt(end) === '>' && /[</:]/.test(text.charAt(start - 1))) return this.#element(end);
    if (keyQuote === '"') {
      const value = endOf(FORM_PART, text, end);
      if (value !== -1) {
        FORM_END.lastIndex = value;
        this.from = value;
        this.to = FORM_END.exec(text)?.index ?? text.length;
        this.mask = MASK;
        return this.to > value;
      }
    }
    PAIRED.lastIndex = end;
    const pair = PAIRED.exec(text);
    const isNamed = pair !== null && /[=:>]\s*$/.test(pair[0]);
    const isListed = pair !== null && pair[1] !== undefined && pair[2] === ',';
    if (pair !== null && (isListed || isNamed)) {
      const value = PAIRED.lastIndex;
      const quote = quoteLength(text, value);
      if (quote > 0) return this.#quoted(value + quote, quote);
      return this.#at(value, start, '', '', pair[0].includes(':'), false);
    }
    // An option of a command, or a setting in a file of words.
    if (keyQuote !== '') return false;
    const isOption =
      text.charAt(start) === '-' || WORDS_BEFORE.test(text.slice(Math.max(0, start - 80), start));
    const spaces = endOf(SPACES, text, end);
    return isOption && spaces > end && text.charAt(spaces) !== '-' && this.argument(spaces);
  }

  #element(end: number): boolean {
    this.from = end + 1;
    this.mask = MASK;
    const close = this.#text.indexOf('<', this.from);
    this.to = close === -1 ? this.#text.length : close;
    return /\S/.test(this.#text.slice(this.from, Math.min(this.to, this.from + 64)));
  }

  /** An argument of a command at `at`: quoted, or up to the next space. */
  argument(at: number): boolean {
    const text = this.#text;
    const quote = quoteLength(text, at);
    if (quote > 0) return this.#quoted(at + quote, quote);
    this.from = at;
    this.mask = MASK;
    let to = at;
    while (to < text.length && !/[\s"'`]/.test(text.charAt(to))) to++;
    this.to = to;
    return to > at;
  }
}
