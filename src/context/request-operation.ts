import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Operation, state } from './operation-store.js';
import { operationFromHeaders } from './trace-headers.js';

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
  const operation = operationFromHeaders(request.headers);
  (request as Carrier)[OPERATION] = operation;
  return operation;
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
