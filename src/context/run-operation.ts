import { types } from 'node:util';
import { expected } from '../errors.js';
import { markError } from './operation-error.js';
import { stepInOperation } from './operation-generator.js';
import { generateOperationId } from './operation-id.js';
import {
  currentOperation,
  getOperationId,
  isOperationId,
  type Operation,
  state,
} from './operation-store.js';
import { noteWrapped } from './wrapped-functions.js';

/** Any function; each wrapper below keeps the type of the one it is given. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` accepts every function's parameters
type AnyFunction = (this: any, ...args: any[]) => any;

export interface OperationOptions<F extends AnyFunction = AnyFunction> {
  /**
   * Where to find the id of the operation in the arguments, such as a field of a queue's job. What
   * it returns or throws is ignored unless it is an operation id. Default: each call gets a new id.
   */
  idFrom?: ((...args: Parameters<F>) => unknown) | undefined;
}

const { storage } = state;

/**
 * A plain promise, which nobody can tell from the one that `then` derives. One with a class or
 * properties of its own (`exec()` of child_process has `.child`) is given back as it is.
 */
function isPlainPromise(value: unknown): value is Promise<unknown> {
  return (
    types.isPromise(value) &&
    !types.isProxy(value) &&
    Object.getPrototypeOf(value) === Promise.prototype &&
    // Names only: Node itself keeps symbols on promises while it tracks them.
    Object.getOwnPropertyNames(value).length === 0
  );
}

/** Runs `fn`, and each step of a generator that it returns, in an operation; marks the error it leaves with. */
export function runInOperation<R>(operation: Operation, fn: () => R): R {
  let result: R;
  try {
    result = storage.run(operation, fn);
  } catch (error) {
    markError(error, operation);
    throw error;
  }
  if (!isPlainPromise(result)) {
    stepInOperation(operation, result);
    return result;
  }
  // Not a branch beside it: that would count as handling the rejection, or report it twice.
  return result.then(undefined, (error: unknown) => {
    markError(error, operation);
    throw error;
  }) as R;
}

function requireFunction(fn: unknown): void {
  if (typeof fn !== 'function') throw expected('ERR_TRACE_OPERATION', 'fn', 'a function', fn);
}

/** Gives a wrapper the name, length and own properties that callers of `fn` may look at. */
function resemble<F extends AnyFunction>(wrapper: AnyFunction, fn: F): F {
  for (const key of Reflect.ownKeys(fn)) {
    if (key === 'prototype' || key === 'arguments' || key === 'caller') continue;
    Object.defineProperty(wrapper, key, {
      ...(Reflect.getOwnPropertyDescriptor(fn, key) as PropertyDescriptor),
      configurable: true,
    });
  }
  noteWrapped(wrapper, fn);
  return wrapper as F;
}

/**
 * Runs `fn` as the operation `id` and returns what it returns. Everything `fn` starts belongs to the
 * operation; after the call the outer operation, if any, goes on. The error it throws or rejects
 * with is the same object, with `operationId`.
 *
 * @throws TraceError `ERR_TRACE_OPERATION` when the id is none, or `fn` is no function.
 */
export function runWithOperationId<R>(id: string, fn: () => R): R {
  if (!isOperationId(id)) {
    throw expected('ERR_TRACE_OPERATION', 'id', '1 to 128 of A-Z a-z 0-9 _ . : -', id);
  }
  requireFunction(fn);
  return runInOperation({ id, parentId: getOperationId() }, fn);
}

/**
 * Wraps an entry point: every call is an operation of its own, with a new id. Of a generator, every step.
 *
 * @throws TraceError `ERR_TRACE_OPERATION` when `fn` is no function.
 */
export function withOperationId<F extends AnyFunction>(fn: F): F {
  requireFunction(fn);
  return wrapEntryPoint(undefined, fn, {});
}

/**
 * Wraps a timer's callback, a queue's handler or a CLI command: every call is an operation of its
 * own, with this name. `setInterval(operation('sweep', sweep), 1000)`. Of a generator, every step.
 *
 * @throws TraceError `ERR_TRACE_OPERATION` when `name` is no non-empty string or `fn` no function.
 */
export function operation<F extends AnyFunction>(
  name: string,
  fn: F,
  options: OperationOptions<F> = {},
): F {
  if (typeof name !== 'string' || name === '') {
    throw expected('ERR_TRACE_OPERATION', 'name', 'a non-empty string', name);
  }
  requireFunction(fn);
  return wrapEntryPoint(name, fn, options);
}

function wrapEntryPoint<F extends AnyFunction>(
  name: string | undefined,
  fn: F,
  { idFrom }: OperationOptions<F>,
): F {
  function entryPoint(this: unknown, ...args: Parameters<F>): unknown {
    const id = idIn(idFrom, args) ?? generateOperationId();
    return runInOperation({ id, name, parentId: getOperationId() }, () => fn.apply(this, args));
  }
  return resemble(entryPoint, fn);
}

function idIn<F extends AnyFunction>(
  idFrom: OperationOptions<F>['idFrom'],
  args: Parameters<F>,
): string | undefined {
  if (idFrom === undefined) return undefined;
  try {
    const id = idFrom(...args);
    return isOperationId(id) ? id : undefined;
  } catch {
    // A job without the field is an operation all the same.
    return undefined;
  }
}

/**
 * Binds `fn` to the operation that runs now, at the call of `propagateOperationId`: for callbacks
 * that are called from elsewhere, such as a shared connection's. Outside an operation, `fn` runs
 * outside one too. Errors pass unmarked: they leave the callback, not the operation.
 *
 * @throws TraceError `ERR_TRACE_OPERATION` when `fn` is no function.
 */
export function propagateOperationId<F extends AnyFunction>(fn: F): F {
  requireFunction(fn);
  const bound = currentOperation();
  function propagated(this: unknown, ...args: Parameters<F>): unknown {
    // Outside of every operation: exit() would turn the tracking of the whole process off and on again.
    return storage.run(bound as Operation, () => fn.apply(this, args));
  }
  return resemble(propagated, fn);
}
