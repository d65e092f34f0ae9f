import { randomFillSync } from 'node:crypto';

/**
 * Ids drawn at once: drawing and formatting cost about 1 µs however little is asked for. An id that is
 * kept may keep the text of its whole batch (2 KiB), which is why there are not more in one.
 */
const BATCH = 64;
const ID_BYTES = 16;
const ID_LENGTH = 2 * ID_BYTES;
const NO_ID = '0'.repeat(ID_LENGTH);

const bytes = Buffer.allocUnsafeSlow(BATCH * ID_BYTES);
let digits = '';
let position = 0;

/** 128 random bits as 32 lower-case hex digits, never all zero: also a trace-id of W3C Trace Context. */
export function generateOperationId(): string {
  for (;;) {
    if (position === digits.length) {
      digits = randomFillSync(bytes).toString('hex');
      position = 0;
    }
    const start = position;
    position += ID_LENGTH;
    const id = digits.slice(start, position);
    if (id !== NO_ID) return id;
  }
}

/** 64 random bits as 16 lower-case hex digits: the parent-id of a `traceparent`. */
export function generateSpanId(): string {
  // Half of an operation id; all zero once in 2^64, and W3C has receivers ignore that.
  return generateOperationId().slice(ID_BYTES);
}
