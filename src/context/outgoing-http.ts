import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { http, https } from './node-http.js';
import { currentOperation } from './operation-store.js';
import { addOutgoingHeaders } from './trace-headers.js';

type AnyRequest = (url: unknown, options: unknown, callback: unknown) => ClientRequest;

/** Adds our headers to a request whose own are not yet on their way. Throws nothing. */
function carryOn(request: ClientRequest): void {
  try {
    const operation = currentOperation();
    if (operation === undefined || request.headersSent) return;
    addOutgoingHeaders(
      operation,
      (name) => request.hasHeader(name),
      (name, value) => request.setHeader(name, value),
    );
  } catch {
    // A request goes out without our headers rather than not at all.
  }
}

/** `http.client.request.created` came with these; `http.client.request.start` is too late for headers. */
function hasCreatedChannel(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 2) || (major === 22 && minor >= 12);
}

/**
 * Carries the operation on in requests through `node:http` and `node:https`.
 *
 * Requests whose headers are written when they are made (an array of headers, `Expect`) go without.
 */
export function traceOutgoingHttp(): void {
  if (hasCreatedChannel(process.versions.node)) {
    subscribe('http.client.request.created', (message) => {
      carryOn((message as { request: ClientRequest }).request);
    });
    return;
  }
  // Node 20 has no channel in time, so that this is the one place where functions are replaced.
  for (const module of [http, https]) {
    const original = module.request as AnyRequest;
    const request: AnyRequest = function request(this: unknown, url, options, callback) {
      const made = original.call(this, url, options, callback);
      carryOn(made);
      return made;
    };
    // What Node's own get() does; that one would end the request before we see it.
    const get: AnyRequest = function get(url, options, callback) {
      const made = request(url, options, callback);
      made.end();
      return made;
    };
    module.request = request as typeof http.request;
    module.get = get as typeof http.get;
  }
  syncBuiltinESMExports();
}
