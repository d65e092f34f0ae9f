import type { IncomingMessage, ServerResponse } from 'node:http';
import { markError } from './operation-error.js';
import { currentOperation, state } from './operation-store.js';
import { bindRequest, operationOfRequest } from './request-operation.js';
import { REQUEST_ID_HEADER } from './trace-headers.js';

/** Options of {@link operationMiddleware} and {@link operationPlugin}. */
export interface RequestOperationOptions {
  /** The response header that shows the id. Default `x-request-id`; `false` for none. */
  responseHeader?: string | false | undefined;
}

/**
 * Makes a request an operation, as `aegis-trace/register` does, or keeps the one that register gave
 * it. Calls `next` inside.
 */
export function enterRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: RequestOperationOptions,
  next: () => void,
): void {
  const operation = operationOfRequest(request);
  bindRequest(operation, request, response);
  const header = options.responseHeader ?? REQUEST_ID_HEADER;
  if (header !== false && !response.headersSent) response.setHeader(header, operation.id);
  state.storage.run(operation, next);
}

/** For Express, Connect and what is like them: `app.use(operationMiddleware())`, before the others. */
export function operationMiddleware(
  options: RequestOperationOptions = {},
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (request, response, next) => enterRequest(request, response, options, next);
}

/**
 * Marks the errors that Express handlers leave their request with, and passes them on:
 * `app.use(operationErrorMiddleware())`, before the other error handlers.
 */
export function operationErrorMiddleware(): (
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void {
  // Express tells error handlers by their four parameters.
  return (error, request, _response, next) => {
    const operation = currentOperation() ?? operationOfRequest(request);
    markError(error, operation);
    next(error);
  };
}
