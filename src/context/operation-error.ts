import { types } from 'node:util';
import { type Operation, state } from './operation-store.js';

const { errors } = state;

/**
 * Gives an error that leaves an operation the operation's id, as the property `operationId`: not
 * enumerable, so that it changes neither JSON nor what `console.log` or `deepStrictEqual` make of the
 * error. Nothing happens to primitives, frozen objects, proxies and errors with an `operationId` of
 * the user's. Runs none of the user's code and throws nothing.
 *
 * An error that passes several nested operations keeps the id of the innermost. An error object that
 * is thrown again later, elsewhere, carries the id of the operation it left last.
 */
export function markError(error: unknown, operation: Operation): void {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return;
  if (types.isProxy(error)) return;
  const last = errors.get(error);
  if (last === undefined) {
    if (!Object.isExtensible(error) || hasOperationId(error)) return;
  } else if (last === operation || last.parentId === operation.id) {
    errors.set(error, operation);
    return;
  }
  // What was frozen since it was marked stays as it is.
  const value = operation.id;
  const defined = Reflect.defineProperty(error, 'operationId', {
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  });
  if (defined) errors.set(error, operation);
}

/** Whether the object or one of its prototypes has the property; a proxy among them counts as yes. */
function hasOperationId(error: object): boolean {
  for (
    let at: object | null = error;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    if (types.isProxy(at) || Object.hasOwn(at, 'operationId')) return true;
  }
  return false;
}

/** The id that an error carries, ours or the user's. Undefined for whatever has none. */
export function operationIdOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || types.isProxy(error)) return undefined;
  const id: unknown = Object.getOwnPropertyDescriptor(error, 'operationId')?.value;
  return typeof id === 'string' ? id : undefined;
}
