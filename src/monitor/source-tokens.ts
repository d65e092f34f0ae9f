/** One token of a function's source. */
export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'template' | 'regexp' | 'punctuator';
  readonly text: string;
  /** Whether white space or a comment stands before it. */
  readonly spaced: boolean;
}

const SPACE = /(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n\r\u2028\u2029]*)*/y;
const NAME =
  /#?(?:[\p{ID_Start}$_]|\\u[\da-f]{4}|\\u\{[\da-f]+\})(?:[\p{ID_Continue}$\u200c\u200d]|\\u[\da-f]{4}|\\u\{[\da-f]+\})*/iuy;
const NUMBER = /(?:0[xbo][\da-f_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?)n?/iy;
const STRING = /'(?:[^'\\\n\r]|\\[\s\S])*'|"(?:[^"\\\n\r]|\\[\s\S])*"/y;
const REGEXP = /\/(?:[^/\\[\n\r]|\\.|\[(?:[^\]\\\n\r]|\\.)*\])+\/[\p{ID_Continue}$]*/uy;
/** Those of several characters that matter here; of all others each character is one. */
const PUNCTUATOR = /=>|\.\.\.|\+\+|--|\?\.(?!\d)|[\s\S]/uy;

/** After these an expression begins, in which `/` is a regular expression. */
const BEFORE_EXPRESSION = new Set(
  'return typeof void delete throw new in instanceof case do else'.split(' '),
);
/** Names in one place and keywords in another: what `/` means after them is not known. */
const AMBIGUOUS = new Set(['yield', 'await', 'of']);
const BEFORE_CONDITION = new Set(['if', 'while', 'for', 'with']);

/** What `/` means after a closing bracket; undefined where only a parser could tell. */
type SlashAfter = 'division' | 'regexp' | undefined;

/**
 * Splits JavaScript into tokens, as far as the parameters of a function need it: it never takes a
 * piece of a string, template, comment or regular expression for code. Where it cannot tell, it ends
 * with `undefined`, as at the end of the text.
 *
 * Whether `/` divides or begins a regular expression depends on the token before (ECMA-262, 12,
 * "Lexical Grammar").
 */
export class SourceTokens {
  readonly #source: string;
  #at = 0;
  #last: Token | undefined;
  #beforeLast: Token | undefined;
  readonly #open: SlashAfter[] = [];
  #closed: SlashAfter;

  constructor(source: string) {
    this.#source = source;
  }

  /** The next token; undefined at the end, and at what is not understood. */
  next(): Token | undefined {
    const start = this.#at;
    this.#match(SPACE);
    const spaced = this.#at > start;
    const token = this.#token(spaced);
    this.#beforeLast = this.#last;
    this.#last = token;
    return token;
  }

  /** To the bracket that closes the one that was read last. False if there is none. */
  skipToClosing(): boolean {
    for (let depth = 1; depth > 0; ) {
      const token = this.next();
      if (token === undefined) return false;
      if (token.kind !== 'punctuator') continue;
      if ('([{'.includes(token.text)) depth++;
      else if (')]}'.includes(token.text)) depth--;
    }
    return true;
  }

  #token(spaced: boolean): Token | undefined {
    if (this.#source.startsWith('<!--', this.#at)) return undefined;
    const first = this.#source[this.#at];
    if (first === undefined) return undefined;
    if (first === "'" || first === '"') return this.#made('string', STRING, spaced);
    if (first === '`') return this.#template(spaced);
    if (first === '/') {
      const meaning = this.#slash();
      if (meaning === undefined) return undefined;
      if (meaning === 'regexp') return this.#made('regexp', REGEXP, spaced);
      return this.#made('punctuator', PUNCTUATOR, spaced);
    }
    const name = this.#match(NAME);
    if (name !== undefined) return { kind: 'name', text: unescaped(name), spaced };
    const number = this.#match(NUMBER);
    if (number !== undefined) return { kind: 'number', text: number, spaced };
    if (first === '\\' || first === '#') return undefined;
    return this.#bracket(this.#made('punctuator', PUNCTUATOR, spaced));
  }

  #made(kind: Token['kind'], pattern: RegExp, spaced: boolean): Token | undefined {
    const text = this.#match(pattern);
    return text === undefined ? undefined : { kind, text, spaced };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#source)?.[0];
    if (text === undefined) return undefined;
    this.#at += text.length;
    return text;
  }

  /** A template, with the code in it, which may hold templates of its own. */
  #template(spaced: boolean): Token | undefined {
    const start = this.#at++;
    for (;;) {
      const character = this.#source[this.#at++];
      if (character === undefined) return undefined;
      if (character === '\\') this.#at++;
      if (character === '`') {
        return { kind: 'template', text: this.#source.slice(start, this.#at), spaced };
      }
      if (character !== '$' || this.#source[this.#at] !== '{') continue;
      this.#at++;
      this.#last = { kind: 'punctuator', text: '${', spaced: false };
      this.#open.push(undefined);
      if (!this.skipToClosing()) return undefined;
    }
  }

  /** Notes for a bracket what `/` will mean after the one that closes it. */
  #bracket(token: Token | undefined): Token | undefined {
    const text = token?.text as string;
    if (text === '(') this.#open.push(this.#isAfterCondition() ? 'regexp' : 'division');
    else if (text === '[') this.#open.push('division');
    // A literal, and not a block, only where an expression begins.
    else if (text === '{') this.#open.push(this.#opensLiteral() ? 'division' : undefined);
    else if (text === ')' || text === ']' || text === '}') this.#closed = this.#open.pop();
    return token;
  }

  #isAfterCondition(): boolean {
    return this.#isKeyword(BEFORE_CONDITION);
  }

  #isKeyword(words: ReadonlySet<string>): boolean {
    const isMember = this.#beforeLast?.text === '.' || this.#beforeLast?.text === '?.';
    return this.#last?.kind === 'name' && !isMember && words.has(this.#last.text);
  }

  #opensLiteral(): boolean {
    if (this.#last === undefined) return false;
    if (this.#last.kind !== 'punctuator') return this.#isKeyword(BEFORE_EXPRESSION);
    return !['=>', ')', ']', '}', ';', '{', ':', '${'].includes(this.#last.text);
  }

  #slash(): SlashAfter {
    if (this.#last === undefined) return undefined;
    const { kind, text } = this.#last;
    if (kind === 'name') {
      if (this.#isKeyword(AMBIGUOUS)) return undefined;
      return this.#isKeyword(BEFORE_EXPRESSION) ? 'regexp' : 'division';
    }
    if (kind !== 'punctuator') return 'division';
    if (text === ')' || text === ']' || text === '}') return this.#closed;
    return text === '++' || text === '--' ? 'division' : 'regexp';
  }
}

function unescaped(name: string): string {
  if (!name.includes('\\')) return name;
  return name.replace(/\\u\{?([\da-f]+)\}?/gi, (_all, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 16)),
  );
}
