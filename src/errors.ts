/**
 * Every code a {@link TraceError} can carry, with what it means. This is the one table: native code
 * uses the same strings, and a test compares the two and docs/ERRORS.md.
 */
export const ERROR_CODES = {
  ERR_TRACE_OPTION: 'an option of a constructor or function has a value it cannot have',
  ERR_TRACE_EVENT: 'a builder was asked for an event that no collector could store',
  ERR_TRACE_QUERY: 'a query asks for something that cannot be matched',
  ERR_TRACE_OVERFLOW: 'time arithmetic left the range of int64 nanoseconds, or divided by zero',
  ERR_TRACE_CLOSED: 'a collector, reader or pipeline was used after close()',
  ERR_TRACE_HANDLE: 'a handle names no collector of this process and this copy of the addon',
  ERR_TRACE_EXPORT: 'an export could not be written; the target is as it was before',
  ERR_TRACE_CANCELLED: 'the caller stopped an export, whose target is as it was before, or a read',
  ERR_TRACE_FILE:
    'a file could not be opened, read or, for a ring, made; or a live process records into it',
  ERR_TRACE_FORMAT: 'a file is not an aegis-trace export or ring file, or is damaged',
  ERR_TRACE_MEMORY: 'native memory for the ring or a result could not be had',
  ERR_TRACE_OPERATION: 'an operation was given an id, a name or a function that it cannot have',
  ERR_TRACE_STORE:
    'the store cannot be used now; what it was given was not stored, and may be tried again',
  ERR_TRACE_PEER: 'an optional package that this feature needs is not installed',
  ERR_TRACE_DRAIN: 'a collector that has a pipeline was given a second one',
  ERR_TRACE_SPILL: 'a spill file could not be made or read, or is damaged in its header',
  ERR_TRACE_REFUSED: 'a sink will never take this batch as it is: too large, or malformed',
  ERR_TRACE_RETRY: 'a sink takes nothing before the time that it says has passed',
  ERR_TRACE_PIPELINE: 'the thread of a pipeline could not start, or has ended by itself',
  ERR_TRACE_HUB: 'a hub does not answer, or refuses what it is asked',
  ERR_TRACE_NATIVE: 'the native addon could not be loaded',
} as const;

export type TraceErrorCode = keyof typeof ERROR_CODES;

/**
 * The one error class of aegis-trace. `code` is stable and meant for programs; `message` says what
 * was expected, of which option, and what came.
 */
export class TraceError extends Error {
  readonly code: TraceErrorCode;

  constructor(code: TraceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TraceError';
    this.code = code;
  }
}

const SHOWN_LENGTH_MAX = 60;

/** Renders any value for an error message: short, on one line, and never by running its code. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(
        value.length > SHOWN_LENGTH_MAX ? `${value.slice(0, SHOWN_LENGTH_MAX)}…` : value,
      );
    case 'bigint':
      return `${value}n`;
    case 'object':
      return value === null ? 'null' : isArray(value) ? 'an array' : 'an object';
    case 'function':
      return 'a function';
    default:
      return String(value);
  }
}

function isArray(value: object): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false; // a revoked proxy, which cannot even be asked
  }
}

/** Builds the sentence every argument error uses: `<name> must be <expected>; got <value>`. */
export function expected(
  code: TraceErrorCode,
  name: string,
  expectation: string,
  value: unknown,
): TraceError {
  return new TraceError(code, `${name} must be ${expectation}; got ${show(value)}`);
}
