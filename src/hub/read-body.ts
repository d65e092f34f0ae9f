import { gunzipSync } from 'node:zlib';
import { TraceError } from '../errors.js';
import { messageOf } from '../thrown.js';
import { parseExactJson } from '../wire/exact-json.js';
import type { BodyEncoding } from './append-messages.js';
import { type IngestBody, type IngestForm, readIngest } from './ingest-body.js';
import { Problem } from './problem.js';

/** Of a body after inflation, bytes. */
export const BODY_MAX = 16 * 2 ** 20;
/** How much larger than itself a body may become: data of ours is some ten times. */
const RATIO_MAX = 100;
/** Inflated whatever the ratio: a few equal lines are small. */
const SMALL = 2 ** 20;

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the body of an ingest request.
 *
 * @throws Problem `invalid`, `too_large`.
 */
export function readBody(
  body: Uint8Array,
  encoding: BodyEncoding,
  form: IngestForm,
  nowMs: number,
): IngestBody {
  const bytes = encoding === 'gzip' ? inflate(body) : body;
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new Problem('invalid', 'the body must be UTF-8');
  }
  try {
    return readIngest(parseExactJson(text), form, nowMs);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new Problem('invalid', `the body must be JSON: ${error.message}`);
    }
    if (error instanceof TraceError) throw new Problem('invalid', error.message);
    // Deeper nested than the parser's stack.
    if (error instanceof RangeError) throw new Problem('invalid', 'the body is nested too deep');
    throw error;
  }
}

function inflate(body: Uint8Array): Buffer {
  const most = Math.min(BODY_MAX, Math.max(SMALL, body.length * RATIO_MAX));
  try {
    return gunzipSync(body, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Problem('too_large', `the body must have at most ${most} bytes after inflation`);
    }
    throw new Problem('invalid', `the body must be gzip: ${messageOf(error)}`);
  }
}
