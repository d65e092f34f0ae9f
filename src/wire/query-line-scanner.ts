import { TraceError } from '../errors.js';

/** What is wrong with a query line, and where. */
export class QueryLineError extends TraceError {
  /** Where the wrong part begins, in UTF-16 units from 0. */
  readonly at: number;
  /** Its length; 0 where something is missing. */
  readonly length: number;

  constructor(message: string, at: number, length: number) {
    super('ERR_TRACE_QUERY', `${message}, at character ${at + 1} of the query line`);
    this.at = at;
    this.length = length;
  }
}

/** A part of a query line. */
interface Part {
  readonly at: number;
  readonly length: number;
}

/** A value as it is meant, without its quotes. */
export interface Value extends Part {
  readonly text: string;
  /** Whether a * follows it. */
  readonly isPrefix: boolean;
}

/** A field with its values, or a text: then name and operator are undefined and there is one value. */
export interface Term extends Part {
  readonly isNegated: boolean;
  readonly name: string | undefined;
  readonly operator: string | undefined;
  readonly values: readonly Value[];
}

/** Fields with their operators; where one begins with another, the longer one first. */
export type Operators = Readonly<Record<string, readonly string[]>>;

const FIELD = /[A-Za-z_]+(?=(?:[:=<>]|!=))/y;
const OPERATOR = /:|[<>!]?=|[<>]/y;
/** What a value without quotes ends at. */
const VALUE = /[^\s,"*]+/y;
const WORD = /[^\s"]+/y;
const SPACE = /\s*/y;
const NEEDS_QUOTES = /[\s,"*:<>=\\]|^-|^$/;

/** A value as it is written. */
export function quoteValue(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : text;
}

/** Cuts a query line into terms. */
export class QueryLineScanner {
  readonly #line: string;
  readonly #operators: Operators;
  #at = 0;

  constructor(line: string, operators: Operators) {
    this.#line = line;
    this.#operators = operators;
  }

  /** @throws QueryLineError. */
  *terms(): Generator<Term, void, undefined> {
    this.#take(SPACE);
    while (this.#at < this.#line.length) {
      const at = this.#at;
      const isNegated = this.#line[at] === '-';
      if (isNegated) this.#at++;
      const name = this.#take(FIELD);
      const term =
        name === undefined
          ? { name, operator: undefined, values: [this.#text()] }
          : { name: this.#checkField(name), ...this.#comparison(name) };
      const length = this.#at - at;
      if (this.#at < this.#line.length && this.#take(/\s+/y) === undefined) {
        throw new QueryLineError('a space is missing between two terms', this.#at, 0);
      }
      yield { at, length, isNegated, ...term };
    }
  }

  #checkField(name: string): string {
    const known = Object.keys(this.#operators);
    if (known.includes(name)) return name;
    const message = `there is no field ${name}: it is one of ${known.join(', ')}; a text is in quotes`;
    throw new QueryLineError(message, this.#at - name.length, name.length);
  }

  #comparison(name: string): { operator: string; values: Value[] } {
    const at = this.#at;
    const operator = this.#take(OPERATOR) as string;
    const known = this.#operators[name] ?? [];
    if (!known.includes(operator)) {
      const message = `${name} is followed by ${known.join(' or ')}`;
      throw new QueryLineError(message, at, operator.length);
    }
    const values = [this.#value(name)];
    while (this.#line[this.#at] === ',') {
      this.#at++;
      values.push(this.#value(name));
    }
    return { operator, values };
  }

  #value(name: string): Value {
    const at = this.#at;
    const text = this.#line[at] === '"' ? this.#quoted() : (this.#take(VALUE) ?? '');
    const isPrefix = this.#line[this.#at] === '*';
    if (isPrefix) this.#at++;
    const length = this.#at - at;
    if (length === 0) throw new QueryLineError(`a value of ${name} is missing`, at, 0);
    if (isPrefix && text === '') {
      throw new QueryLineError('a * comes after the beginning of a name', at, 1);
    }
    if (isPrefix && /[^\s,]/.test(this.#line[this.#at] ?? ' ')) {
      const message = 'a * is the last of a name; quote a name that has one of its own';
      throw new QueryLineError(message, this.#at - 1, 1);
    }
    return { text, isPrefix, at, length };
  }

  #text(): Value {
    const at = this.#at;
    const text = this.#line[at] === '"' ? this.#quoted() : this.#take(WORD);
    if (text === undefined || text === '') {
      throw new QueryLineError('a text to search for is missing', at, this.#at - at);
    }
    return { text, isPrefix: false, at, length: this.#at - at };
  }

  /** From a quote to the next one that has no backslash before it. */
  #quoted(): string {
    const start = this.#at++;
    let text = '';
    for (; this.#at < this.#line.length; this.#at++) {
      const character = this.#line[this.#at] as string;
      if (character === '"') {
        this.#at++;
        return text;
      }
      if (character === '\\') this.#at++;
      text += this.#line[this.#at] ?? '';
    }
    throw new QueryLineError('this quote has no end', start, 1);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#line) ?? [];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
