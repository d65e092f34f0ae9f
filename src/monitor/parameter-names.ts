import { isProxy } from './serialize/safe-read.js';

/** Where a parameter list is looked for. A function's text is read up to here. */
const SOURCE_MAX = 10_000;
const NAME = /^((?:\.\.\.)?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)\s*(?:=|$)/u;
/** What may stand in front of the parentheses of a function or method. */
const HEAD =
  /^(?:static\s+)?(?:[gs]et\s+|async\b\s*)?(?:function\b\s*)?\*?\s*(?:#?[\p{ID_Continue}$]+|\[[^\]]*\]|'[^']*'|"[^"]*")?\s*$/u;
const SINGLE_ARROW = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u;

/** Comments and strings, of which nothing is wanted, put out of the way at their length. */
function blanked(source: string): string {
  return source.replace(
    /\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g,
    (text) => (text.startsWith('/') ? ' '.repeat(text.length) : `'${' '.repeat(text.length - 2)}'`),
  );
}

/**
 * The names of a function's parameters as its source has them, a rest parameter with its dots;
 * undefined for one that is taken apart (`{ a, b }`). Undefined as a whole where the source cannot be had or is not understood:
 * native and bound functions, proxies. A wrong name could unmask a value, so that nothing is guessed.
 */
export function parameterNames(fn: object): readonly (string | undefined)[] | undefined {
  if (isProxy(fn)) return undefined;
  const source = Function.prototype.toString.call(fn);
  if (source.endsWith('{ [native code] }')) return undefined;
  const text = blanked(source.slice(0, SOURCE_MAX)).trim();
  const single = SINGLE_ARROW.exec(text);
  if (single !== null) return [single[1]];
  const open = text.indexOf('(', headEnd(text));
  if (open < 0 || !HEAD.test(text.slice(0, open))) return undefined;
  return split(text, open + 1)?.map((parameter) => NAME.exec(parameter.trim())?.[1]);
}

/** Behind a computed name, which may hold parentheses of its own. */
function headEnd(text: string): number {
  const bracket = text.indexOf('[');
  const parenthesis = text.indexOf('(');
  return bracket >= 0 && bracket < parenthesis ? text.indexOf(']', bracket) : 0;
}

/** The parameters between an opening parenthesis and its closing one. */
function split(text: string, start: number): string[] | undefined {
  const parameters: string[] = [];
  let depth = 0;
  let from = start;
  for (let i = start; i < text.length; i++) {
    const character = text[i] as string;
    if ('([{'.includes(character)) depth++;
    else if (character === ',' && depth === 0) {
      parameters.push(text.slice(from, i));
      from = i + 1;
    } else if (character === '/') {
      // A regular expression, which may hold anything, or a division.
      return undefined;
    } else if (')]}'.includes(character) && depth-- === 0) {
      if (text.slice(from, i).trim() !== '') parameters.push(text.slice(from, i));
      return parameters;
    }
  }
  return undefined;
}
