import { randomFillSync } from 'node:crypto';

const ID_BYTES = 16;
const ID_LENGTH = 2 * ID_BYTES;
/** Ids drawn at once: drawing costs about 2 µs however little is asked for. */
const DRAWN_IDS = 1024;
/** Ids formatted at once. One that is kept may keep the text of all of them (2 KiB). */
const BATCH = 64;
const BATCH_BYTES = BATCH * ID_BYTES;
const NO_ID = '0'.repeat(ID_LENGTH);
const DIGIT_ZERO = 0x30;

const bytes = Buffer.allocUnsafeSlow(DRAWN_IDS * ID_BYTES);
let used = bytes.length;
let digits = '';
let position = 0;

function nextBatch(): string {
  if (used === bytes.length) {
    randomFillSync(bytes);
    used = 0;
  }
  const start = used;
  used += BATCH_BYTES;
  return bytes.toString('hex', start, used);
}

/** 128 random bits as 32 lower-case hex digits, never all zero: also a trace-id of W3C Trace Context. */
export function generateOperationId(): string {
  for (;;) {
    if (position === digits.length) {
      digits = nextBatch();
      position = 0;
    }
    const start = position;
    position += ID_LENGTH;
    const id = digits.slice(start, position);
    // The first digit first: comparing two texts that are no constants is a call out of compiled code.
    if (id.charCodeAt(0) !== DIGIT_ZERO || id !== NO_ID) return id;
  }
}

/** 64 random bits as 16 lower-case hex digits: the parent-id of a `traceparent`. */
export function generateSpanId(): string {
  // Half of an operation id; all zero once in 2^64, and W3C has receivers ignore that.
  return generateOperationId().slice(ID_BYTES);
}
