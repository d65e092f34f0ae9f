import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { TraceError } from '../errors.js';
import { consoleUses } from './console-uses.js';
import { unwrappedLoggers } from './logger-calls.js';
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
const ESCAPE = /^\s*lint-loggers:\s*(allow-file|allow)\b[\s:*/-]*(.*?)[\s*/]*$/s;
const UNEXPLAINED = 'an escape says why: lint-loggers: allow <reason>';

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
  const findings: LoggerFinding[] = [];
  if (!escapes.file) {
    const placeOf = placesIn(source);
    const report = (offset: number, rule: LoggerFinding['rule'], message: string): void => {
      const { line, column } = placeOf(offset);
      if (!escapes.lines.has(line)) findings.push({ file, line, column, rule, message });
    };
    for (const { offset, message } of consoleUses(masked.code)) report(offset, 'console', message);
    for (const { offset, name } of unwrappedLoggers(source, masked.code)) {
      const message = `${name}() makes a logger without operation ids; see operationIdMixin`;
      report(offset, 'logger', message);
    }
  }
  for (const line of escapes.unexplained) {
    findings.push({ file, line, column: 1, rule: 'escape', message: UNEXPLAINED });
  }
  return findings.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Line and column of an offset, both from 1. */
function placesIn(source: string): (offset: number) => { line: number; column: number } {
  const starts = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1 };
  };
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
