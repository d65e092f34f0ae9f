import { ANY_FIELD, masks } from './field-name.js';
import { MASK } from './mask.js';
import { isNameKey, isSensitiveName, isValueKey } from './named-pair.js';
import type { SensitiveFields } from './sensitive-fields.js';

/** Deeper JSON is masked as any other text. */
const DEPTH_MAX = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SCALAR = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const QUOTED_MASK = JSON.stringify(MASK);

interface Edit {
  from: number;
  to: number;
  text: string;
}

class NotJson extends Error {}

/**
 * Masks JSON by its structure: the text with each secret replaced by a string, and every other character as
 * it was. Undefined when the text is no JSON.
 *
 * @param maskString - masks what a string says.
 */
export function maskWholeJson(
  text: string,
  sensitive: SensitiveFields,
  maskString: (text: string) => string,
): string | undefined {
  const masker = new JsonMasker(text, sensitive, maskString);
  try {
    return masker.mask();
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

class JsonMasker {
  readonly #text: string;
  readonly #sensitive: SensitiveFields;
  readonly #maskString: (text: string) => string;
  readonly #edits: Edit[] = [];
  #at = 0;

  constructor(text: string, sensitive: SensitiveFields, maskString: (text: string) => string) {
    this.#text = text;
    this.#sensitive = sensitive;
    this.#maskString = maskString;
  }

  mask(): string {
    this.#value(0);
    this.#spaces();
    if (this.#at < this.#text.length) throw new NotJson();
    let masked = '';
    let copied = 0;
    for (const { from, to, text } of this.#edits) {
      masked += this.#text.slice(copied, from) + text;
      copied = to;
    }
    return masked + this.#text.slice(copied);
  }

  #spaces(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at++;
    }
  }

  #takes(character: string): boolean {
    this.#spaces();
    if (this.#text.charAt(this.#at) !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw new NotJson();
  }

  /** Passes a value. Gives the string that it is, undefined for any other. */
  #value(depth: number): string | undefined {
    if (depth > DEPTH_MAX) throw new NotJson();
    this.#spaces();
    const unit = this.#text.charCodeAt(this.#at);
    if (unit === QUOTE) return this.#string();
    if (unit === 0x7b) this.#object(depth);
    else if (unit === 0x5b) this.#array(depth);
    else {
      SCALAR.lastIndex = this.#at;
      if (!SCALAR.test(this.#text)) throw new NotJson();
      this.#at = SCALAR.lastIndex;
    }
    return undefined;
  }

  /** Passes a string. Gives what it says. */
  #rawString(): string {
    const from = this.#at;
    if (this.#text.charCodeAt(from) !== QUOTE) throw new NotJson();
    let isEscaped = false;
    let at = from + 1;
    for (; ; at++) {
      const unit = this.#text.charCodeAt(at);
      if (unit === QUOTE) break;
      // NaN at the end of the text.
      if (!(unit >= 0x20)) throw new NotJson();
      if (unit === BACKSLASH) {
        isEscaped = true;
        at++;
      }
    }
    this.#at = at + 1;
    if (!isEscaped) return this.#text.slice(from + 1, at);
    try {
      return JSON.parse(this.#text.slice(from, at + 1)) as string;
    } catch {
      throw new NotJson();
    }
  }

  #string(): string {
    const from = this.#at;
    const said = this.#rawString();
    const masked = this.#maskString(said);
    if (masked !== said) {
      this.#edits.push({ from, to: this.#at, text: JSON.stringify(masked) });
    }
    return said;
  }

  /** What is masked by the type of the value at `from`: a count and `true` are not. */
  #example(from: number): unknown {
    const first = this.#text.charAt(from);
    if (first === 't' || first === 'f') return true;
    if (first === 'n') return null;
    return /[-\d]/.test(first) ? 0 : '';
  }

  /** Masks from `from` to `to` instead of what was masked in it. */
  #replace(from: number, to: number): void {
    let index = this.#edits.length;
    while (index > 0 && (this.#edits[index - 1] as Edit).from >= from) index--;
    let after = index;
    while (after < this.#edits.length && (this.#edits[after] as Edit).from < to) after++;
    const isMasked = this.#text.slice(from, to) === QUOTED_MASK;
    const edit = { from, to, text: QUOTED_MASK };
    this.#edits.splice(index, after - index, ...(isMasked ? [] : [edit]));
  }

  #object(depth: number): void {
    this.#at++;
    if (this.#takes('}')) return;
    let isNamed = false;
    const values: [number, number][] = [];
    do {
      this.#spaces();
      const keyFrom = this.#at;
      const key = this.#rawString();
      const shown = this.#maskString(key);
      if (shown !== key) {
        this.#edits.push({ from: keyFrom, to: this.#at, text: JSON.stringify(shown) });
      }
      this.#expect(':');
      this.#spaces();
      const from = this.#at;
      const field = this.#sensitive.matchOf(key);
      const said = this.#value(depth + 1);
      if (masks(field, this.#example(from))) this.#replace(from, this.#at);
      else if (isValueKey(key)) values.push([from, this.#at]);
      if (isNameKey(key) && isSensitiveName(said, this.#sensitive)) isNamed = true;
    } while (this.#takes(','));
    this.#expect('}');
    if (!isNamed) return;
    for (const [from, to] of values) {
      if (masks(ANY_FIELD, this.#example(from))) this.#replace(from, to);
    }
  }

  #array(depth: number): void {
    this.#at++;
    if (this.#takes(']')) return;
    let name: string | undefined;
    do {
      this.#spaces();
      const from = this.#at;
      const said = this.#value(depth + 1);
      // Raw headers, entries and argv hold a name and then its value.
      const isSecret =
        name !== undefined && isSensitiveName(name, this.#sensitive, this.#example(from));
      if (isSecret) this.#replace(from, this.#at);
      name = isSecret ? undefined : said;
    } while (this.#takes(','));
    this.#expect(']');
  }
}
