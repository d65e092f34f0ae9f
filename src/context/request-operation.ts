import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { http } from './node-http.js';
import { type Operation, state } from './operation-store.js';
import { type Emit, replaceEmit } from './replace-emit.js';
import { type IncomingHeaders, operationFromHeaders } from './trace-headers.js';

const { storage } = state;
const { apply } = Reflect;

/** The operation of a request, for whoever meets the same request again. */
const OPERATION = Symbol.for('aegis-trace.request-operation.1');

interface Carrier {
  [OPERATION]?: Operation;
}

/** Emitters whose own emit was replaced, and what their listeners belong to. */
const bound = new WeakMap<EventEmitter, Operation | undefined>();

/** The operation of a request: the one it has, else one made from its headers. */
export function operationOfRequest(request: IncomingMessage): Operation {
  const known = (request as Carrier)[OPERATION];
  if (known !== undefined) return known;
  const operation = operationFromHeaders(tracingHeaders(request));
  (request as Carrier)[OPERATION] = operation;
  return operation;
}

/** The headers that we read, by their length: with the first letter that tells most others apart. */
const TRACING_HEADERS: readonly (string | undefined)[] = Array.from({ length: 13 }, (_, length) =>
  ['tracestate', 'traceparent', 'x-request-id'].find((name) => name.length === length),
);
const LOWER_CASE = 0x20;
const NO_HEADERS: IncomingHeaders = Object.freeze({});

/**
 * The headers that we read. Node parses `headers` when somebody first asks for them, which we leave to
 * the application. A header that came twice is a list: neither value counts.
 */
function tracingHeaders(request: IncomingMessage): IncomingHeaders {
  const raw = request.rawHeaders;
  // Stand-ins for a request, as tests make them, may have no raw headers.
  if (!Array.isArray(raw)) return request.headers;
  let found: Record<string, string | string[]> | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const wanted = TRACING_HEADERS[name.length];
    if (wanted === undefined) continue;
    if ((name.charCodeAt(0) | LOWER_CASE) !== wanted.charCodeAt(0)) continue;
    if (name.toLowerCase() !== wanted) continue;
    const value = raw[i + 1] as string;
    found ??= {};
    found[wanted] = wanted in found ? [value] : value;
  }
  return found ?? NO_HEADERS;
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
  if (emitOfRequest === undefined) replaceEmits();
  (request as Carrier)[OPERATION] = operation;
  if (request.emit !== emitOfRequest) bindToOperation(operation, request);
  // A response finds the operation through its request; setting a property costs more than that.
  if (response.emit !== emitOfResponse || response.req !== request) {
    bindToOperation(operation, response);
  }
}

/** No channel tells of these events. On the prototypes, once: an emit of each request's own costs 1 µs. */
function emitInOperation(operationOf: (emitter: EventEmitter) => Operation | undefined) {
  // Without a closure, which would be made at every event.
  return (emit: Emit): Emit =>
    function (...args) {
      const operation = operationOf(this);
      return operation === undefined || storage.getStore() === operation
        ? apply(emit, this, args)
        : storage.run(operation, apply, emit, this, args);
    };
}

let emitOfRequest: Emit | undefined;
let emitOfResponse: Emit | undefined;

function replaceEmits(): void {
  emitOfRequest = replaceEmit(
    http.IncomingMessage.prototype,
    emitInOperation((request) => (request as Carrier)[OPERATION]),
  );
  emitOfResponse = replaceEmit(
    http.ServerResponse.prototype,
    emitInOperation(
      (response) => ((response as ServerResponse).req as Carrier | undefined)?.[OPERATION],
    ),
  );
}

/**
 * Binds the listeners of an emitter that has an emit of its own, or is not of HTTP: to an operation, or to
 * none. What it is bound to last counts: a connection is handed over to the request that upgrades it.
 */
export function bindToOperation(
  operation: Operation | undefined,
  emitter: EventEmitter & Carrier,
): void {
  const known = bound.has(emitter);
  bound.set(emitter, operation);
  if (known) return;
  const { emit } = emitter;
  emitter.emit = (...args) =>
    storage.run(bound.get(emitter) as Operation, apply, emit, emitter, args);
}
