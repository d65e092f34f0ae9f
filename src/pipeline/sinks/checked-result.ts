import type { AppendResult, RejectedEvent } from '../../event/event-sink.js';

/** Of a reason: what is longer is cut off. */
const REASON_LENGTH_MAX = 500;

/**
 * What a sink has answered to a batch of `count` events, with nothing in it that an AppendResult cannot
 * have. A sink that answers nothing has taken everything. What is wrong in an answer is told to
 * `onMalformed` and left out: the batch was taken all the same, and must not come again.
 */
export function checkedResult(
  answer: unknown,
  count: number,
  onMalformed: (problem: string) => void,
): AppendResult {
  const { rejected: given = [], duplicates: repeated = 0 } = (answer ?? {}) as {
    rejected?: unknown;
    duplicates?: unknown;
  };
  const reasons = new Map<number, string>();
  if (!Array.isArray(given)) onMalformed('rejected must be an array of { index, reason }');
  for (const entry of Array.isArray(given) ? (given as unknown[]) : []) {
    const { index, reason } = (entry ?? {}) as { index?: unknown; reason?: unknown };
    if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= count) {
      onMalformed(`the index of what is rejected must be an integer from 0 to ${count - 1}`);
      continue;
    }
    const text = typeof reason === 'string' && reason !== '' ? reason : 'no reason given';
    reasons.set(index as number, text.slice(0, REASON_LENGTH_MAX));
  }
  const rejected: RejectedEvent[] = [...reasons]
    .map(([index, reason]) => ({ index, reason }))
    .sort((a, b) => a.index - b.index);
  const taken = count - rejected.length;
  const isCount = Number.isInteger(repeated) && (repeated as number) >= 0;
  if (!isCount) onMalformed('duplicates must be a number of events');
  const duplicates = isCount ? Math.min(repeated as number, taken) : 0;
  return { inserted: taken - duplicates, duplicates, rejected };
}
