import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { http, https } from './node-http.js';
import { type Operation, state } from './operation-store.js';
import { type Emit, replaceEmit } from './replace-emit.js';
import { bindRequest, bindToOperation, operationOfRequest } from './request-operation.js';

const { storage } = state;
const { apply } = Reflect;

/** Each of these events of a server is the beginning of a request, of which its first argument tells. */
const REQUESTS = new Set<unknown>([
  'request',
  'checkContinue',
  'checkExpectation',
  'dropRequest',
  'upgrade',
  'connect',
]);

/** These are of a connection, which may have served requests before: they belong to none of those. */
const CONNECTIONS = new Set<unknown>([
  'connection',
  'secureConnection',
  'clientError',
  'tlsClientError',
  'timeout',
]);

/**
 * Gives every request that an http or https server of this thread receives an operation: upgrades and
 * CONNECT included, of which the socket that was handed over belongs to it from then on.
 *
 * A scope around the server's own emit ends with it. To enter the operation from the diagnostics channel
 * of requests instead would leave it behind in the parser, for whatever the connection does next.
 *
 * @param responseHeader - the response header that shows the id; undefined for none.
 */
export function traceIncomingHttp(responseHeader: string | undefined): void {
  const wrap = (emit: Emit): Emit =>
    function (...args) {
      const event: unknown = args[0];
      if (REQUESTS.has(event)) {
        const operation = beginRequest(args, responseHeader);
        if (operation !== undefined) return storage.run(operation, apply, emit, this, args);
      } else if (CONNECTIONS.has(event)) {
        if (event === 'connection' || event === 'secureConnection') leaveOperations(args[1]);
        return storage.run(NO_OPERATION, apply, emit, this, args);
      }
      return apply(emit, this, args);
    };
  replaceEmit(http.Server.prototype, wrap);
  replaceEmit(https.Server.prototype, wrap);
}

/** The storage's own value outside of operations; its type does not say that it may be entered. */
const NO_OPERATION = undefined as unknown as Operation;

/** The operation of what begins; undefined for what cannot be traced, and is served all the same. */
function beginRequest(
  [event, request, second]: unknown[],
  responseHeader: string | undefined,
): Operation | undefined {
  try {
    const operation = operationOfRequest(request as IncomingMessage);
    if (second instanceof http.ServerResponse) {
      bindRequest(operation, request as IncomingMessage, second);
      if (responseHeader !== undefined) second.setHeader(responseHeader, operation.id);
    } else if (event !== 'dropRequest') bindToOperation(operation, second as Socket);
    return operation;
  } catch {
    return undefined;
  }
}

/** Of what happens on a connection between requests, such as its end, a timer or a tick of the last one tells. */
function leaveOperations(socket: unknown): void {
  try {
    bindToOperation(undefined, socket as Socket);
  } catch {
    // A stand-in of the application's own.
  }
}
