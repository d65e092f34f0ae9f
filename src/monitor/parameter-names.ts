import { unwrapped } from '../context/wrapped-functions.js';
import { isProxy } from './serialize/safe-read.js';
import { SourceTokens, type Token } from './source-tokens.js';

/** Where a parameter list is looked for. A function's text is read up to here. */
const SOURCE_MAX = 10_000;
/** Words, stars and a name: more does not stand before the parameters. */
const HEAD_MAX = 6;
/** Names that a minifier gives are no longer than this. */
const MINIFIED_LENGTH = 3;

/** One parameter as the source has it. */
export interface Parameter {
  /** Undefined for one that is taken apart: `{ a, b }`, `[a, b]`. */
  readonly name: string | undefined;
  readonly isRest: boolean;
  /** Taken apart by position, at any depth: what is in it has names, but its values do not show them. */
  readonly hasList: boolean;
  /** Names given to parts: `password` in `{ p: password }`. */
  readonly aliases: readonly string[];
}

/**
 * The parameters of a function as its source has them; of what this package wrapped, those of the
 * function inside. Undefined where the names cannot be had: native and bound functions, proxies,
 * classes, minified code, and source that is not understood. A wrong name could unmask a value, so
 * that nothing is guessed.
 */
export function parametersOf(fn: object): readonly Parameter[] | undefined {
  const own = unwrapped(fn);
  if (isProxy(own)) return undefined;
  const source = Function.prototype.toString.call(own);
  if (/\{\s*\[native code\]\s*\}$/.test(source)) return undefined;
  return new ParameterList(source.slice(0, SOURCE_MAX)).read();
}

class ParameterList {
  readonly #tokens: SourceTokens;
  readonly #parameters: Parameter[] = [];
  /** Whether all spaces so far are such as cannot be left out. */
  #isDense = true;
  #last: Token | undefined;

  constructor(source: string) {
    this.#tokens = new SourceTokens(source.trimStart());
  }

  read(): readonly Parameter[] | undefined {
    const first = this.#next();
    if (first === undefined) return undefined;
    let token: Token | undefined = first;
    for (let i = 0; i < HEAD_MAX && token !== undefined; i++) {
      if (token.text === '(' && token.kind === 'punctuator') return this.#list();
      const before = token;
      token = this.#headPart(token) ? this.#next() : undefined;
      // `a => …` and `async a => …`
      if (token?.text === '=>' && before.kind === 'name' && i < 2) {
        this.#add(before.text, false);
        return this.#result();
      }
      if (first.text === 'class' && i === 0 && token?.text !== '(') return undefined;
    }
    return undefined;
  }

  /** Whether the token may stand before the parameters. A computed name is stepped over. */
  #headPart({ kind, text }: Token): boolean {
    if (kind === 'punctuator' && text === '[') return this.#tokens.skipToClosing();
    return kind === 'name' || kind === 'string' || kind === 'number' || text === '*';
  }

  #list(): readonly Parameter[] | undefined {
    for (;;) {
      let token = this.#next();
      if (token?.text === ')') {
        this.#next();
        return this.#result();
      }
      const isRest = token?.text === '...';
      if (isRest) token = this.#next();
      if (token?.kind === 'name') this.#add(token.text, isRest);
      else if (token?.text === '{' || token?.text === '[') {
        if (!this.#pattern(token.text === '[', isRest)) return undefined;
      } else return undefined;
      const end = this.#toEnd();
      if (end === undefined) return undefined;
      if (end === ')') {
        this.#next();
        return this.#result();
      }
    }
  }

  /** Over the default value, to the comma or parenthesis after the parameter. */
  #toEnd(): ',' | ')' | undefined {
    for (let token = this.#next(); token !== undefined; token = this.#next()) {
      if (token.kind !== 'punctuator') continue;
      if (token.text === ',' || token.text === ')') return token.text;
      if ('([{'.includes(token.text) && !this.#tokens.skipToClosing()) return undefined;
    }
    return undefined;
  }

  #pattern(isList: boolean, isRest: boolean): boolean {
    let hasList = isList;
    const aliases: string[] = [];
    for (let depth = 1; depth > 0; ) {
      const isAfterColon = this.#last?.text === ':';
      const token = this.#next();
      if (token === undefined) return false;
      if (isAfterColon && token.text === '[') hasList = true;
      if (isAfterColon && token.kind === 'name') aliases.push(token.text);
      if (token.kind !== 'punctuator') continue;
      if ('([{'.includes(token.text)) depth++;
      else if (')]}'.includes(token.text)) depth--;
    }
    this.#parameters.push({ name: undefined, isRest, hasList, aliases });
    return true;
  }

  #add(name: string, isRest: boolean): void {
    this.#parameters.push({ name, isRest, hasList: false, aliases: [] });
  }

  /** None of code that a minifier wrote: it leaves out every space, and its names mean nothing. */
  #result(): readonly Parameter[] | undefined {
    // What comes after: `{` of the body, or `=>` and the first token of it.
    if (this.#last?.text === '=>') this.#next();
    const names = this.#parameters.flatMap(({ name }) => name ?? []);
    const isMinified =
      this.#isDense && names.length > 0 && names.every(({ length }) => length <= MINIFIED_LENGTH);
    return isMinified ? undefined : this.#parameters;
  }

  #next(): Token | undefined {
    const token = this.#tokens.next();
    if (token?.spaced === true && !(token.kind === 'name' && this.#last?.kind === 'name')) {
      this.#isDense = false;
    }
    this.#last = token;
    return token;
  }
}
