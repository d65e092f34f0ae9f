import type { BodyType } from '../append-messages.js';
import type { OtlpForm } from '../ingest-body.js';
import type { Problem, ProblemCode } from '../problem.js';
import { bytesField, varintField } from './protobuf-wire.js';

// What an OpenTelemetry exporter is told, in the encoding that it speaks.

export const OTLP_TYPES: Readonly<Record<BodyType, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};

/** Codes of gRPC, by what is wrong: exporters log them. */
const STATUS_CODES: Readonly<Record<ProblemCode, number>> = {
  invalid: 3,
  unauthorized: 16,
  forbidden: 7,
  not_found: 5,
  conflict: 6,
  too_large: 3,
  unsupported_media_type: 3,
  misdirected: 3,
  rate_limited: 8,
  internal: 13,
  overloaded: 14,
  unavailable: 14,
};

/** The counts of an append, as its worker writes them. */
interface Counts {
  readonly rejected: readonly { readonly index: number; readonly message: string }[];
}

/** An Export…ServiceResponse: empty, or with what was refused for good. */
export function exportAnswer(counts: Counts, form: OtlpForm, type: BodyType): string | Buffer {
  const rejected = new Set(counts.rejected.map(({ index }) => index)).size;
  const [first] = counts.rejected;
  if (first === undefined) return type === 'json' ? '{}' : Buffer.alloc(0);
  const { message } = first;
  if (type === 'json') {
    const name = form === 'traces' ? 'rejectedSpans' : 'rejectedLogRecords';
    // An integer of 64 bits is a text.
    const partialSuccess = { [name]: String(rejected), errorMessage: message };
    return JSON.stringify({ partialSuccess });
  }
  return bytesField(1, Buffer.concat([varintField(1, rejected), bytesField(2, message)]));
}

/** A google.rpc.Status. */
export function statusAnswer(problem: Problem, type: BodyType): string | Buffer {
  const code = STATUS_CODES[problem.code];
  const { message } = problem;
  if (type === 'json') return JSON.stringify({ code, message });
  return Buffer.concat([varintField(1, code), bytesField(2, message)]);
}
