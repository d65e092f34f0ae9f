import { matchBrackets } from './brackets.js';

/** Whatever of ours a logger is given. */
const OURS = ['operationIdMixin', 'getOperationId', 'operationTag', 'operationId'];

/** The packages that make loggers, and the name of what makes one, where it is not the package itself. */
const FACTORIES: Readonly<Record<string, string | undefined>> = {
  pino: undefined,
  winston: 'createLogger',
  bunyan: 'createLogger',
  log4js: 'getLogger',
};

const IDENTIFIER = /[A-Za-z_$][\w$]*/g;
const DECLARATION = /(?<![\w$.])(?:const|let|var|function\s*\*?|class)\s+([\w$]+)/g;
/** A chain of helpers, each made of the one before, is followed so far. */
const PASSES_MAX = 10;

/** The places at which a logger is made that is given nothing of ours. */
export function* unwrappedLoggers(
  source: string,
  code: string,
): Generator<{ offset: number; name: string }> {
  const factories = [...factoryNames(source)].map((name) => name.replaceAll(/[.$]/g, '\\$&'));
  const fastify = /(?<![\w$.])[fF]astify\s*\(/g;
  const calls = factories.map((name) => new RegExp(`(?<![\\w$.])${name}\\s*\\(`, 'g'));
  if (calls.length === 0 && !fastify.test(code)) return;
  fastify.lastIndex = 0;
  const closing = matchBrackets(code);
  const places = placesOf(wrappedNames(source, code, closing), code);
  for (const call of calls) {
    for (const match of code.matchAll(call)) {
      const [from, to] = argumentsOf(closing, match.index + match[0].length);
      const beginning = code.slice(from, Math.min(to, from + ARGUMENTS_SHOWN));
      // Options that are made elsewhere are looked for in the whole file.
      const isOwn = beginning.includes('{') || beginning.trim() === '';
      if (!(isOwn ? hasBetween(places, from, to) : places.length > 0)) {
        yield { offset: match.index, name: nameOf(match[0]) };
      }
    }
  }
  for (const match of code.matchAll(fastify)) {
    const [from, to] = argumentsOf(closing, match.index + match[0].length);
    const beginning = code.slice(from, Math.min(to, from + ARGUMENTS_SHOWN));
    if (/\blogger\s*:\s*(?:true\b|\{)/.test(beginning) && !hasBetween(places, from, to)) {
      yield { offset: match.index, name: nameOf(match[0]) };
    }
  }
}

/** So much of the arguments tells whether they are options that stand there. */
const ARGUMENTS_SHOWN = 2_000;

/** The offsets at which one of these names stands, in order. */
function placesOf(names: ReadonlySet<string>, code: string): number[] {
  const places: number[] = [];
  for (const { 0: name, index } of code.matchAll(IDENTIFIER))
    if (names.has(name)) places.push(index);
  return places;
}

function hasBetween(places: readonly number[], from: number, to: number): boolean {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return low < places.length && (places[low] as number) < to;
}

const nameOf = (call: string): string => call.replace(/\s*\($/, '');

/** From the parenthesis that was opened right before `from` to the one that closes it. */
function argumentsOf(closing: Int32Array, from: number): [from: number, to: number] {
  const end = closing[from - 1] as number;
  return [from, end < 0 ? closing.length : end];
}

/** What of ours is called in this file, under any name, and what the file makes of it. */
function wrappedNames(source: string, code: string, closing: Int32Array): Set<string> {
  const names = new Set(OURS);
  const alias = new RegExp(`\\b(?:${OURS.join('|')})\\s*(?:as|:)\\s+?([\\w$]+)`, 'g');
  if (/['"]aegis-trace\b/.test(source)) {
    for (const [, name] of code.matchAll(alias)) names.add(name as string);
  }
  let open = declarations(code, closing);
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const rest: Declaration[] = [];
    for (const declaration of open) {
      if (declaration.used.some((name) => names.has(name))) names.add(declaration.name);
      else rest.push(declaration);
    }
    if (rest.length === open.length) break;
    open = rest;
  }
  return names;
}

/** A declaration, with the names that it is made of. */
interface Declaration {
  readonly name: string;
  readonly used: readonly string[];
}

/** Of a longer one only the beginning is looked at: functions in functions would each be read to their end. */
const DECLARATION_LENGTH_MAX = 10_000;

function declarations(code: string, closing: Int32Array): Declaration[] {
  return [...code.matchAll(DECLARATION)].map((match) => {
    const end = endOfStatement(code, closing, match.index);
    const text = code.slice(match.index, Math.min(end, match.index + DECLARATION_LENGTH_MAX));
    const used = new Set([...text.matchAll(IDENTIFIER)].map(([name]) => name));
    return { name: match[1] as string, used: [...used] };
  });
}

/** Behind a semicolon, a line end after which no operator goes on, or the block of a function or class. */
function endOfStatement(code: string, closing: Int32Array, from: number): number {
  const isBlock = /^(?:function|class)/.test(code.slice(from, from + 8));
  for (let at = from; at < code.length; at++) {
    const character = code[at] as string;
    const close = closing[at] as number;
    if (close > 0) {
      if (isBlock && character === '{') return close + 1;
      at = close;
    } else if (character === ';' || character === ')' || character === '}' || character === ']') {
      return at;
    } else if (character === '\n' && !isBlock && endsAt(code, at)) return at;
  }
  return code.length;
}

function endsAt(code: string, lineEnd: number): boolean {
  const before = code.slice(Math.max(0, lineEnd - 40), lineEnd).trimEnd();
  if (/[=+\-*/%&|^<>?:,.(]$/.test(before)) return false;
  return !/^\s*[=+\-*/%&|^<>?:,.(]/.test(code.slice(lineEnd, lineEnd + 200));
}

/** The expressions that make a logger in this file, by what it imports: `pino`, `w.createLogger`. */
function factoryNames(source: string): Set<string> {
  const names = new Set<string>();
  for (const [packageName, method] of Object.entries(FACTORIES)) {
    if (!source.includes(packageName)) continue;
    const from = `\\(?\\s*['"]${packageName}['"]`;
    const imported = new RegExp(
      `(?:import\\s+([^'";]{1,2000}?)\\s+from|(?:const|let|var)\\s+([^'"=;]{1,2000}?)\\s*=\\s*(?:await\\s+import|require))\\s*${from}`,
      'g',
    );
    for (const [, esm, cjs] of source.matchAll(imported)) {
      const clause = (esm ?? cjs ?? '').trim();
      if (clause.startsWith('type ')) continue;
      const whole = /^(?:\*\s+as\s+)?([\w$]+)/.exec(clause)?.[1];
      if (whole !== undefined) names.add(method === undefined ? whole : `${whole}.${method}`);
      const wanted = method ?? packageName;
      const named = new RegExp(
        `[{,]\\s*(?:${wanted}|default)\\s*(?:(?:as|:)\\s*([\\w$]+))?\\s*[,}]`,
      );
      const one = named.exec(clause);
      if (one !== null) names.add(one[1] ?? wanted);
    }
  }
  return names;
}
