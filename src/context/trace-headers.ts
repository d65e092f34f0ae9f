import { generateOperationId, generateSpanId } from './operation-id.js';
import { isOperationId, type Operation } from './operation-store.js';

/** Headers as `IncomingMessage.headers` gives them: names in lower case. */
export type IncomingHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export const REQUEST_ID_HEADER = 'x-request-id';

// https://www.w3.org/TR/trace-context/#traceparent-header: later versions may append fields.
const TRACEPARENT =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
/** Flag bits other than "sampled" and "random" are to be sent as zero. */
const KNOWN_FLAGS = 0x03;
const TRACESTATE_LENGTH_MAX = 512;

/**
 * The operation of an incoming request: the id of a well-formed `traceparent`, else of a well-formed
 * `x-request-id`, else a new one. Never throws.
 */
export function operationFromHeaders(headers: IncomingHeaders): Operation {
  const traceparent = headers.traceparent;
  if (typeof traceparent === 'string') {
    const match = TRACEPARENT.exec(traceparent);
    // Version 00 has exactly four fields.
    if (match !== null && (match[1] !== '00' || match[4] === undefined)) {
      const state = headers.tracestate;
      const keepsState = typeof state === 'string' && state.length <= TRACESTATE_LENGTH_MAX;
      return {
        id: match[2] as string,
        traceFlags: flagsToSend(match[3] as string),
        traceState: keepsState ? state : undefined,
      };
    }
  }
  const requestId = headers[REQUEST_ID_HEADER];
  return { id: isOperationId(requestId) ? requestId : generateOperationId() };
}

function flagsToSend(hex: string): string {
  return (Number.parseInt(hex, 16) & KNOWN_FLAGS).toString(16).padStart(2, '0');
}

/**
 * Calls `add` with each header that carries the operation on. A `traceparent` is sent for ids that are
 * trace-ids; `x-request-id` for every id. `has` says what the user has set: that is left alone, and a
 * `tracestate` goes only with a `traceparent` of ours.
 */
export function addOutgoingHeaders(
  operation: Operation,
  has: (name: string) => boolean,
  add: (name: string, value: string) => void,
): void {
  if (!has(REQUEST_ID_HEADER)) add(REQUEST_ID_HEADER, operation.id);
  if (!TRACE_ID.test(operation.id) || has('traceparent')) return;
  // Not sampled unless the caller said so: that flag asks others to spend storage.
  add('traceparent', `00-${operation.id}-${generateSpanId()}-${operation.traceFlags ?? '00'}`);
  if (operation.traceState !== undefined && !has('tracestate')) {
    add('tracestate', operation.traceState);
  }
}
