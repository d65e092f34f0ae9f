import type { Refusal } from './append-messages.js';

/** One thing that is wrong with a request, by where it is. */
export interface ProblemDetail {
  /** A query parameter's name, or a JSON Pointer into the body. */
  readonly path: string;
  readonly message: string;
}

/** Stable codes of problems, with their status and title. */
export const PROBLEMS = {
  invalid: [400, 'The request is not as it must be'],
  unauthorized: [401, 'A key is needed'],
  forbidden: [403, 'The key has not the scope'],
  not_found: [404, 'There is no such thing'],
  conflict: [409, 'There is one already'],
  too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The body is of another type'],
  misdirected: [421, 'The hub has no such name'],
  rate_limited: [429, 'Too many requests'],
  internal: [500, 'The hub failed'],
  overloaded: [503, 'The hub has no room now'],
  unavailable: [503, 'The store takes nothing now'],
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** An error that is answered as `application/problem+json` (RFC 9457). */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly ProblemDetail[];
  /** Seconds; sent as Retry-After. */
  readonly retryAfterS: number | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    { errors = [], retryAfterS }: { errors?: readonly ProblemDetail[]; retryAfterS?: number } = {},
  ) {
    super(detail);
    this.code = code;
    this.errors = errors;
    this.retryAfterS = retryAfterS;
  }

  /** What a thread has answered. */
  static of({ problem, detail, retryAfterS }: Refusal): Problem {
    return new Problem(problem, detail, retryAfterS === undefined ? {} : { retryAfterS });
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }

  /** The body. */
  toText(): string {
    const [status, title] = PROBLEMS[this.code];
    return JSON.stringify({
      type: 'about:blank',
      title,
      status,
      code: this.code,
      detail: this.message,
      ...(this.errors.length > 0 && { errors: this.errors }),
    });
  }
}

export const PROBLEM_TYPE = 'application/problem+json';
