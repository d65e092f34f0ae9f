import { createRequire } from 'node:module';
import type { pino } from 'pino';
import { objectWith } from '../arguments.js';
import { expected, TraceError } from '../errors.js';
import { DEFAULT_SENSITIVE_FIELDS, SensitiveFields } from '../masking/sensitive-fields.js';
import { MaskedLines } from './masked-lines.js';
import { operationIdOf } from './operation-error.js';
import { getOperationId } from './operation-store.js';
import { type LogRecorder, recordLine } from './record-line.js';
import { TextLines } from './text-lines.js';

/** Where lines are written to: a stream, a file, `pino.destination()`. */
export interface LogDestination {
  write(line: string): unknown;
}

/** Writes a line: fields first, if any, then the message and what its `%s` and `%d` stand for. */
export interface LogMethod {
  (fields: object, message?: string, ...args: unknown[]): void;
  (message: string, ...args: unknown[]): void;
}

/** The part of a pino logger that pino 9 and 10 share; declared here because pino is optional. */
export interface Logger {
  level: string;
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
  readonly silent: LogMethod;
  /** A logger that adds these fields to its lines. */
  child(fields: Record<string, unknown>, options?: Record<string, unknown>): Logger;
  isLevelEnabled(level: string): boolean;
  /** Writes what a destination of yours has buffered. */
  flush(done?: (error?: Error) => void): void;
}

/** Options of {@link getLogger}. */
export interface LoggerOptions {
  /** The lowest level that is written. Default: `AEGIS_LOG_LEVEL`, else `info`. */
  level?: string | undefined;
  /**
   * `json`: pino's lines, for machines. `text`: `time LEVEL [a1b2c3d4] [name] message`, for people; it
   * costs a second pass over every line. Default: `AEGIS_LOG_FORMAT`, else `json`.
   */
  format?: 'json' | 'text' | undefined;
  /** Where lines go. Default: stdout, written at once. */
  destination?: LogDestination | undefined;
  /**
   * pino's option of that name: returns `,"time":` and milliseconds since the Unix epoch. With a fraction
   * of them, lines find their place between events. Default: whole milliseconds.
   */
  timestamp?: (() => string) | undefined;
  /**
   * Fields whose values are not written, as `monitor()` has them: in any case and form, in objects and in what
   * texts say. Default: those of `monitor()`.
   */
  sensitiveFields?: readonly string[] | undefined;
  /**
   * Each line is an event as well, of the type `log`: `name` is its component, the message its rationale, the fields
   * its attributes, so that the chain of a request has its lines. Default: none.
   */
  collector?: LogRecorder | undefined;
}

const OPTION_NAMES = [
  'level',
  'format',
  'destination',
  'timestamp',
  'sensitiveFields',
  'collector',
];

/** The digits of an id that people are shown. */
const SHORT_ID_LENGTH = 8;

/**
 * For a pino of your own: `pino({ mixin: operationIdMixin })`. Adds `operation_id` to lines written in
 * an operation, and to those about an error that has left one.
 */
export function operationIdMixin(mergeObject?: object): { operation_id?: string } {
  const id = getOperationId() ?? operationIdOfLogged(mergeObject);
  return id === undefined ? {} : { operation_id: id };
}

function operationIdOfLogged(mergeObject: unknown): string | undefined {
  if (typeof mergeObject !== 'object' || mergeObject === null) return undefined;
  // pino has an error either as it is or as `err`.
  return operationIdOf(mergeObject) ?? operationIdOf((mergeObject as { err?: unknown }).err);
}

/** `[a1b2c3d4]`, the first digits of the operation's id; `[--------]` outside of one. */
export function operationTag(id: string | undefined = getOperationId()): string {
  return `[${(id ?? '').slice(0, SHORT_ID_LENGTH).padEnd(SHORT_ID_LENGTH, '-')}]`;
}

const loggers = new Map<string, Logger>();

/**
 * A pino logger whose lines carry the operation: as `operation_id` in JSON, as `[a1b2c3d4]` in text.
 * Without options the same name gives the same logger. Secrets are masked as `monitor()` masks them.
 *
 * @throws TraceError `ERR_TRACE_PEER` when pino is not installed, `ERR_TRACE_OPERATION` when the name
 * is no non-empty string, `ERR_TRACE_OPTION`.
 */
export function getLogger(name: string, options?: LoggerOptions): Logger {
  if (typeof name !== 'string' || name === '') {
    throw expected('ERR_TRACE_OPERATION', 'name', 'a non-empty string', name);
  }
  if (options !== undefined) {
    return createLogger(name, objectWith(options, 'options', OPTION_NAMES) as LoggerOptions);
  }
  let logger = loggers.get(name);
  if (logger === undefined) {
    logger = createLogger(name, {});
    loggers.set(name, logger);
  }
  return logger;
}

function createLogger(name: string, options: LoggerOptions): Logger {
  const pino = loadPino();
  const format = options.format ?? process.env.AEGIS_LOG_FORMAT ?? 'json';
  if (format !== 'json' && format !== 'text') {
    throw expected('ERR_TRACE_OPTION', 'format', "'json' or 'text'", format);
  }
  const level = options.level ?? process.env.AEGIS_LOG_LEVEL ?? 'info';
  if (level !== 'silent' && !(level in pino.levels.values)) {
    const known = [...Object.keys(pino.levels.values), 'silent'].join(', ');
    throw expected('ERR_TRACE_OPTION', 'level', `one of ${known}`, level);
  }
  const { timestamp, sensitiveFields = DEFAULT_SENSITIVE_FIELDS } = options;
  const isList = Array.isArray(sensitiveFields);
  if (!isList || sensitiveFields.some((field) => typeof field !== 'string')) {
    throw expected('ERR_TRACE_OPTION', 'sensitiveFields', 'a list of strings', sensitiveFields);
  }
  if (timestamp !== undefined && typeof timestamp !== 'function') {
    throw expected('ERR_TRACE_OPTION', 'timestamp', 'a function', timestamp);
  }
  const { collector } = options;
  if (collector !== undefined && typeof collector?.record !== 'function') {
    throw expected('ERR_TRACE_OPTION', 'collector', 'a TraceCollector', collector);
  }
  const destination = options.destination ?? pino.destination({ dest: 1, sync: true });
  return pino(
    { name, level, mixin: operationIdMixin, ...(timestamp && { timestamp }) },
    new MaskedLines(
      format === 'text' ? new TextLines(destination, operationTag) : destination,
      SensitiveFields.of(sensitiveFields),
      collector && ((line) => recordLine(line, collector)),
    ),
  );
}

function loadPino(): typeof pino {
  try {
    return createRequire(import.meta.url)('pino') as typeof pino;
  } catch (cause) {
    throw new TraceError('ERR_TRACE_PEER', 'getLogger needs the package pino: npm install pino', {
      cause,
    });
  }
}
