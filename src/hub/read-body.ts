import { gunzipSync } from 'node:zlib';
import { TraceError } from '../errors.js';
import { messageOf } from '../thrown.js';
import { parseExactJson } from '../wire/exact-json.js';
import type { BodyKind } from './append-messages.js';
import { type IngestBody, type IngestForm, readIngest } from './ingest-body.js';
import { readOtlp } from './otlp/otlp-body.js';
import { OtlpJsonError } from './otlp/read-json.js';
import { Problem } from './problem.js';

/** Of a body after inflation, bytes. */
const BODY_MAX = 16 * 2 ** 20;
const OTLP_BODY_MAX = 64 * 2 ** 20;
/** How much larger than itself a body may become: data of ours is some ten times. */
const RATIO_MAX = 100;
/** Inflated whatever the ratio: a few equal lines are small. */
const SMALL = 2 ** 20;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Bytes that a body may have, after inflation. */
export const bodyMaxOf = (form: IngestForm): number =>
  form === 'traces' || form === 'logs' ? OTLP_BODY_MAX : BODY_MAX;

/**
 * Reads the body of an ingest request.
 *
 * @throws Problem `invalid`, `too_large`.
 */
export function readBody(body: Uint8Array, kind: BodyKind, nowMs: number): IngestBody {
  const { encoding, form, type = 'json' } = kind;
  const bytes = encoding === 'gzip' ? inflate(body, bodyMaxOf(form)) : body;
  try {
    if (form === 'traces' || form === 'logs') {
      return readOtlp(type === 'json' ? textOf(bytes) : bytes, form, nowMs);
    }
    return readIngest(parseExactJson(textOf(bytes)), form, nowMs);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new Problem('invalid', `the body must be JSON: ${error.message}`);
    }
    if (error instanceof TraceError || error instanceof OtlpJsonError) {
      throw new Problem('invalid', error.message);
    }
    // Of protobuf that is none, or deeper nested than the parser's stack.
    if (error instanceof RangeError) {
      const why = type === 'json' ? 'is nested too deep' : `must be protobuf: ${error.message}`;
      throw new Problem('invalid', `the body ${why}`);
    }
    throw error;
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Problem('invalid', 'the body must be UTF-8');
  }
}

function inflate(body: Uint8Array, bodyMax: number): Buffer {
  const most = Math.min(bodyMax, Math.max(SMALL, body.length * RATIO_MAX));
  try {
    return gunzipSync(body, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Problem('too_large', `the body must have at most ${most} bytes after inflation`);
    }
    throw new Problem('invalid', `the body must be gzip: ${messageOf(error)}`);
  }
}
