import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { state } from './operation-store.js';
import { bindRequest, operationOfRequest } from './request-operation.js';

interface RequestStart {
  request: IncomingMessage;
  response: ServerResponse;
}

/**
 * Gives every request that an http or https server of this thread receives an operation.
 *
 * The channel is published inside the callback of the socket's parser, right before the server emits
 * `request`, and `publish` opens no scope of its own. Hence enterWith: it holds until the parser's
 * callback returns. On Nodes without AsyncContextFrame the parser keeps it until the next request on
 * the same socket enters its own, before any listener of that request runs.
 *
 * @param responseHeader - the response header that shows the id; undefined for none.
 */
export function traceIncomingHttp(responseHeader: string | undefined): void {
  subscribe('http.server.request.start', (message) => {
    try {
      const { request, response } = message as RequestStart;
      const operation = operationOfRequest(request);
      bindRequest(operation, request, response);
      if (responseHeader !== undefined) response.setHeader(responseHeader, operation.id);
      state.storage.enterWith(operation);
    } catch {
      // A request that cannot be traced is served all the same.
    }
  });
}
