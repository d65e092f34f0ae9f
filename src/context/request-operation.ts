import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Operation, state } from './operation-store.js';
import { type IncomingHeaders, operationFromHeaders } from './trace-headers.js';

const { storage } = state;

/** The operation of a request, for whoever meets the same request again. */
const OPERATION = Symbol.for('aegis-trace.request-operation.1');

interface Carrier {
  [OPERATION]?: Operation;
}

/** The operation of a request: the one it has, else one made from its headers. */
export function operationOfRequest(request: IncomingMessage): Operation {
  const known = (request as Carrier)[OPERATION];
  if (known !== undefined) return known;
  const operation = operationFromHeaders(tracingHeaders(request));
  (request as Carrier)[OPERATION] = operation;
  return operation;
}

const TRACING_HEADERS = new Set(['traceparent', 'tracestate', 'x-request-id']);

/**
 * The headers that we read. Node parses `headers` when somebody first asks for them, which we leave to
 * the application. A header that came twice is a list: neither value counts.
 */
function tracingHeaders(request: IncomingMessage): IncomingHeaders {
  const raw = request.rawHeaders;
  // Stand-ins for a request, as tests make them, may have no raw headers.
  if (!Array.isArray(raw)) return request.headers;
  const found: Record<string, string | string[]> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length < 10 || name.length > 12) continue;
    const lower = name.toLowerCase();
    if (!TRACING_HEADERS.has(lower)) continue;
    const value = raw[i + 1] as string;
    found[lower] = lower in found ? [value] : value;
  }
  return found;
}

/**
 * Binds the listeners of a request and its response to the operation. Their events come from the
 * socket: without this, `close` after a client has gone, and on newer Nodes `data` and `end` of the
 * body, would belong to no operation, or to that of an earlier request on the socket.
 */
export function bindRequest(
  operation: Operation,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  bindEmitter(operation, request);
  bindEmitter(operation, response);
}

function bindEmitter(operation: Operation, emitter: EventEmitter & Carrier): void {
  const emit = emitter.emit;
  if (emit === emitInOperation) return;
  // Plain assignments: a property that is not enumerable costs 200 ns more, each of four a request.
  emitter[OPERATION] = operation;
  emitter.emit = Object.hasOwn(emitter, 'emit')
    ? // Somebody else's own emit goes on being called.
      (...args) => storage.run(operation, () => emit.apply(emitter, args))
    : emitInOperation;
}

/** One function for all requests: a closure for each costs more than the look-up. */
function emitInOperation(
  this: EventEmitter & Carrier,
  ...args: Parameters<EventEmitter['emit']>
): boolean {
  const { emit } = Object.getPrototypeOf(this) as EventEmitter;
  const operation = this[OPERATION];
  if (operation === undefined || storage.getStore() === operation) return emit.apply(this, args);
  return storage.run(operation, () => emit.apply(this, args));
}
