import type { LogDestination } from './logger.js';

/** pino's numbers for its levels; one between two, a user's own, is shown as a number. */
const LEVELS: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO ',
  40: 'WARN ',
  50: 'ERROR',
  60: 'FATAL',
};

/** What stands in the line already, or says nothing to its reader. */
const SHOWN = new Set(['level', 'time', 'pid', 'hostname', 'name', 'operation_id', 'msg', 'err']);

interface LogLine {
  level?: number;
  time?: number;
  name?: string;
  operation_id?: string;
  msg?: unknown;
  err?: { stack?: unknown; message?: unknown };
}

/** Makes pino's JSON lines into `time LEVEL [a1b2c3d4] [name] message key=value`, a stack below. */
export class TextLines implements LogDestination {
  readonly #destination: LogDestination;
  readonly #tag: (id?: string) => string;

  constructor(destination: LogDestination, tag: (id?: string) => string) {
    this.#destination = destination;
    this.#tag = tag;
  }

  write(json: string): void {
    let text = json;
    try {
      text = this.#format(JSON.parse(json) as LogLine);
    } catch {
      // What is not a line of pino's passes as it is.
    }
    this.#destination.write(text);
  }

  #format(line: LogLine): string {
    const time = new Date(line.time ?? Date.now()).toISOString();
    const level = LEVELS[line.level ?? 0] ?? String(line.level);
    const tag = this.#tag(line.operation_id ?? '');
    const extras = Object.entries(line)
      .filter(([key]) => !SHOWN.has(key))
      .map(([key, value]) => ` ${oneLine(key)}=${oneLine(JSON.stringify(value))}`);
    const message = line.msg === undefined ? '' : ` ${oneLine(String(line.msg))}`;
    const head = `${time} ${level} ${tag} [${oneLine(line.name ?? '')}]${message}${extras.join('')}`;
    const stack = line.err?.stack ?? line.err?.message;
    if (stack === undefined) return `${head}\n`;
    return `${head}\n${String(stack)
      .split('\n')
      .map((text) => `    ${oneLine(text)}\n`)
      .join('')}`;
  }
}

/** What is logged may come from anywhere: it starts no line of its own and moves no cursor. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => {
    return JSON.stringify(character)
      .slice(1, -1)
      .replace(/^[^\\]$/, escapeCode);
  });
}

function escapeCode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
