import { randomFillSync } from 'node:crypto';

/** Ids drawn at once: a draw costs about 1 µs however small, so that 256 of them cost nothing each. */
const BATCH = 256;
const ID_BYTES = 16;
const NO_ID = '0'.repeat(2 * ID_BYTES);

const bytes = Buffer.allocUnsafeSlow(BATCH * ID_BYTES);
let position = bytes.length;

/** 128 random bits as 32 lower-case hex digits, never all zero: also a trace-id of W3C Trace Context. */
export function generateOperationId(): string {
  for (;;) {
    if (position === bytes.length) {
      randomFillSync(bytes);
      position = 0;
    }
    const start = position;
    position += ID_BYTES;
    const id = bytes.toString('hex', start, position);
    if (id !== NO_ID) return id;
  }
}

/** 64 random bits as 16 lower-case hex digits: the parent-id of a `traceparent`. */
export function generateSpanId(): string {
  // Half of an operation id; all zero once in 2^64, and W3C has receivers ignore that.
  return generateOperationId().slice(ID_BYTES);
}
