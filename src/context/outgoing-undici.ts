import { AsyncResource } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { readStack } from '../call-sites.js';
import { currentOperation, type Operation } from './operation-store.js';
import { addOutgoingHeaders } from './trace-headers.js';

/** The part of undici's internal request that its channel documents. */
interface UndiciRequest {
  /** Names and values in turn; one string of header lines in undici 5. */
  headers: readonly unknown[] | string;
  addHeader(name: string, value: string): unknown;
}

/** Carries the operation on in requests through `fetch` and undici, Node's own or from npm. */
export function traceOutgoingUndici(): void {
  subscribe('undici:request:create', (message) => {
    try {
      const { request } = message as { request: UndiciRequest };
      const operation = operationOf(request);
      if (operation === undefined) return;
      addOutgoingHeaders(
        operation,
        (name) => hasHeader(request, name),
        (name, value) => request.addHeader(name, value),
      );
    } catch {
      // A request goes out without our headers rather than not at all.
    }
  });
}

function hasHeader({ headers }: Pick<UndiciRequest, 'headers'>, name: string): boolean {
  if (typeof headers === 'string') {
    return `\r\n${headers}`.toLowerCase().includes(`\r\n${name}:`);
  }
  for (let i = 0; i < headers.length; i += 2) {
    if (String(headers[i]).toLowerCase() === name) return true;
  }
  return false;
}

/**
 * The operation from which a request was made. Not always the one that runs: a pool with all its
 * connections in use queues requests, and makes the next one out of the queue where an earlier one,
 * mostly of another operation, ends.
 */
function operationOf(request: object): Operation | undefined {
  const handler = handlerOf(request);
  // What request(), stream() and the like wait with remembers where they were called.
  if (handler instanceof AsyncResource) return handler.runInAsyncScope(currentOperation);
  const operation = currentOperation();
  // fetch() remembers nothing: no id, then, rather than another's. See operationInterceptor.
  return operation === undefined || isDrainingQueue() ? undefined : operation;
}

function handlerOf(request: object): unknown {
  const symbol = Object.getOwnPropertySymbols(request).find((key) => key.description === 'handler');
  return symbol === undefined ? undefined : (request as Record<symbol, unknown>)[symbol];
}

/** From a pool's `onDrain` to our subscriber there are six calls, and some more with interceptors. */
const FRAMES = 20;

/** Whether a pool of undici's is emptying its queue: there is no sign of it but the stack. */
function isDrainingQueue(): boolean {
  // As call sites: that spares making a string of the stack, through source maps if there are some.
  const isDraining = readStack(FRAMES, (_error, sites) =>
    sites.some((site) => /\bonDrain\b/.test(site.getFunctionName() ?? '')),
  );
  return isDraining === true;
}

interface DispatchOptions {
  headers?: unknown;
}

/**
 * For fetch through an undici pool or agent with a limit on its connections:
 * `new Agent({ connections: 10 }).compose(operationInterceptor)`. Takes the operation at the call, when
 * a request that will wait for a connection still knows it.
 */
export function operationInterceptor<O extends DispatchOptions, H>(
  dispatch: (options: O, handler: H) => boolean,
): (options: O, handler: H) => boolean {
  return (options, handler) => {
    const operation = currentOperation();
    const headers = operation && withOperation(options.headers, operation);
    return dispatch(headers === undefined ? options : { ...options, headers }, handler);
  };
}

/** Headers in undici's forms, with ours; undefined for a form that we do not know. */
function withOperation(headers: unknown, operation: Operation): unknown {
  if (headers !== undefined && headers !== null && typeof headers !== 'object') return undefined;
  const added: string[] = [];
  const add = (name: string, value: string): void => void added.push(name, value);
  if (Array.isArray(headers)) {
    const flat = headers.every((item) => !Array.isArray(item));
    if (!flat) return undefined;
    addOutgoingHeaders(operation, (name) => hasHeader({ headers }, name), add);
    return [...headers, ...added];
  }
  const isIterable = headers !== undefined && headers !== null && Symbol.iterator in headers;
  const pairs = (
    isIterable ? [...(headers as Iterable<unknown>)] : Object.entries(headers ?? {})
  ) as [string, unknown][];
  const names = new Set(pairs.map(([name]) => String(name).toLowerCase()));
  addOutgoingHeaders(operation, (name) => names.has(name), add);
  const all = Object.fromEntries(pairs);
  for (let i = 0; i < added.length; i += 2) all[added[i] as string] = added[i + 1];
  return all;
}
