import type { FastifyRequest } from 'fastify';
import { UNANSWERED_HEADER } from '../wire/attempt-headers.js';
import { Problem } from './problem.js';

/**
 * How long a hub may have a body before it begins to store it. A hub with the same store takes a batch that was not
 * answered when that is over: then what was not begun will never be.
 */
export const HOLD_MS = 10_000;
/** Between the answer that a sender misses and what it says of it. */
const MARGIN_MS = 500;

/**
 * Lets a batch wait that another hub may still have.
 *
 * @throws Problem `unavailable`.
 */
export function requireReleased({ headers }: FastifyRequest): void {
  const text = headers[UNANSWERED_HEADER];
  if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) return;
  const leftMs = HOLD_MS + MARGIN_MS - Number(text);
  if (leftMs <= 0) return;
  throw new Problem('unavailable', 'another hub may still have this batch', {
    retryAfterS: Math.ceil(leftMs / 1_000),
  });
}
