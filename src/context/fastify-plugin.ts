import type { IncomingMessage, ServerResponse } from 'node:http';
import { enterRequest, type RequestOperationOptions } from './middleware.js';
import { markError } from './operation-error.js';
import { operationOfRequest } from './request-operation.js';

interface RawRequest {
  raw: IncomingMessage;
}
interface RawReply {
  raw: ServerResponse;
}

/** The part of a Fastify instance that the plugin uses; Fastify itself is not needed for its types. */
interface HookTarget {
  addHook(
    name: 'onRequest',
    hook: (request: RawRequest, reply: RawReply, done: () => void) => void,
  ): unknown;
  addHook(
    name: 'onError',
    hook: (request: RawRequest, reply: RawReply, error: Error, done: () => void) => void,
  ): unknown;
}

/**
 * For Fastify: `await app.register(operationPlugin)`, before the other plugins. Every request is an
 * operation, also an injected one and one over HTTP/2, and its errors carry the id.
 */
export function operationPlugin(
  // biome-ignore lint/suspicious/noExplicitAny: Fastify's instance type, without needing Fastify
  instance: any,
  options: RequestOperationOptions,
  done: () => void,
): void {
  const target = instance as HookTarget;
  target.addHook('onRequest', (request, reply, next) => {
    enterRequest(request.raw, reply.raw, options, next);
  });
  target.addHook('onError', (request, _reply, error, next) => {
    markError(error, operationOfRequest(request.raw));
    next();
  });
  done();
}

// What the package fastify-plugin does: the hooks are for the whole application, not for a scope.
Object.assign(operationPlugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'aegis-trace-operation',
  [Symbol.for('plugin-meta')]: { name: 'aegis-trace-operation', fastify: '>=4' },
});
