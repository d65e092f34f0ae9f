import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { TraceError } from '../errors.js';
import { type MaskedSource, maskSource } from './source-mask.js';

/** A place that logs without the operation id. */
export interface LoggerFinding {
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  rule: 'console' | 'logger' | 'escape';
  message: string;
}

/** What {@link lintLoggers} found. */
export interface LoggerReport {
  files: number;
  findings: LoggerFinding[];
}

const EXTENSIONS = new Set(['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx']);
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'build', 'coverage', 'prebuilds']);

/** Whatever of ours a logger is given: operationIdMixin, getOperationId, operationTag. */
const WRAPPED = /\b(?:operationIdMixin|getOperationId|operationTag|operationId)\b/;
const CONSOLE = /(?<![\w$]|(?<!globalThis|window)\s*\.\s*)console\s*(?:\?\.|\.|\[)\s*(\w*)/g;
const ESCAPE = /^\s*lint-loggers:\s*(allow-file|allow)\b[\s:*/-]*(.*?)[\s*/]*$/s;

/** The packages that make loggers, and the name of what makes one, where it is not the package itself. */
const FACTORIES: Readonly<Record<string, string | undefined>> = {
  pino: undefined,
  winston: 'createLogger',
  bunyan: 'createLogger',
  log4js: 'getLogger',
};

/**
 * Looks for raw `console` calls and loggers without operation ids in JavaScript and TypeScript.
 *
 * @param path - a folder, searched with what is below it, or a file.
 * @throws TraceError `ERR_TRACE_FILE` when it cannot be read or there is nothing to check.
 */
export function lintLoggers(path: string): LoggerReport {
  try {
    const files = statSync(path).isDirectory() ? [...sourcesBelow(path)] : [path];
    if (files.length === 0) {
      throw new TraceError('ERR_TRACE_FILE', `there is no JavaScript or TypeScript in ${path}`);
    }
    const findings = files.flatMap((file) => lintSource(file, readFileSync(file, 'utf8')));
    return { files: files.length, findings };
  } catch (cause) {
    if (cause instanceof TraceError) throw cause;
    const reason = (cause as Error).message;
    throw new TraceError('ERR_TRACE_FILE', `${path} cannot be read: ${reason}`, { cause });
  }
}

function* sourcesBelow(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name) && !entry.name.startsWith('.')) {
      yield* sourcesBelow(path);
    } else if (
      entry.isFile() &&
      EXTENSIONS.has(extname(entry.name)) &&
      !/\.d\.[mc]?ts$/.test(entry.name)
    ) {
      yield path;
    }
  }
}

/** The findings of one source text, in its order, without those that a comment allows. */
export function lintSource(file: string, source: string): LoggerFinding[] {
  const masked = maskSource(source);
  const escapes = readEscapes(masked);
  const found: LoggerFinding[] = [];
  const report = (offset: number, rule: LoggerFinding['rule'], message: string): void => {
    const before = source.slice(0, offset);
    const line = before.split('\n').length;
    found.push({ file, line, column: offset - before.lastIndexOf('\n'), rule, message });
  };
  for (const match of masked.code.matchAll(CONSOLE)) {
    report(match.index, 'console', `console.${match[1]} writes no operation id; use getLogger()`);
  }
  for (const { offset, name } of unwrappedLoggers(source, masked.code)) {
    report(
      offset,
      'logger',
      `${name}() makes a logger without operation ids; see operationIdMixin`,
    );
  }
  const kept = found.filter(({ line }) => !escapes.file && !escapes.lines.has(line));
  const message = 'an escape says why: lint-loggers: allow <reason>';
  const unexplained = escapes.unexplained.map(
    (line): LoggerFinding => ({ file, line, column: 1, rule: 'escape', message }),
  );
  return [...kept, ...unexplained].toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** `// lint-loggers: allow <reason>`, on the line it allows or the line above it. */
function readEscapes({ comments, code }: MaskedSource) {
  const codeLines = code.split('\n');
  const escapes = { file: false, lines: new Set<number>(), unexplained: [] as number[] };
  for (const { line, text } of comments) {
    const [, kind, reason] = ESCAPE.exec(text) ?? [];
    if (kind === undefined) continue;
    if (reason === '') escapes.unexplained.push(line);
    else if (kind === 'allow-file') escapes.file = true;
    else {
      const standsAlone = (codeLines[line - 1] ?? '').trim() === '';
      escapes.lines.add(standsAlone ? line + 1 : line);
    }
  }
  return escapes;
}

function* unwrappedLoggers(
  source: string,
  code: string,
): Generator<{ offset: number; name: string }> {
  for (const name of factoryNames(source)) {
    const call = new RegExp(`(?<![\\w$.])${name.replaceAll(/[.$]/g, '\\$&')}\\s*\\(`, 'g');
    for (const match of code.matchAll(call)) {
      const given = argumentsAt(code, match.index + match[0].length);
      // Options that are made elsewhere are looked for in the whole file.
      const where = given.includes('{') || given.trim() === '' ? given : code;
      if (!WRAPPED.test(where)) yield { offset: match.index, name };
    }
  }
  for (const match of code.matchAll(/(?<![\w$.])[fF]astify\s*\(/g)) {
    const given = argumentsAt(code, match.index + match[0].length);
    if (/\blogger\s*:\s*(?:true\b|\{)/.test(given) && !WRAPPED.test(given)) {
      yield { offset: match.index, name: match[0].replace(/\s*\($/, '') };
    }
  }
}

/** The expressions that make a logger in this file, by what it imports: `pino`, `w.createLogger`. */
function factoryNames(source: string): Set<string> {
  const names = new Set<string>();
  for (const [packageName, method] of Object.entries(FACTORIES)) {
    const from = `\\(?\\s*['"]${packageName}['"]`;
    const imported = new RegExp(
      `(?:import\\s+([^'";]+?)\\s+from|(?:const|let|var)\\s+([^'"=;]+?)\\s*=\\s*(?:await\\s+import|require))\\s*${from}`,
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

/** The text between the parenthesis that is open at `from` and the one that closes it. */
function argumentsAt(code: string, from: number): string {
  let open = 1;
  for (let at = from; at < code.length; at++) {
    if (code[at] === '(') open++;
    else if (code[at] === ')' && --open === 0) return code.slice(from, at);
  }
  return code.slice(from);
}
