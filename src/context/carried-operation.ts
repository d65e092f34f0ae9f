import { currentOperation, isOperationId, type Operation, state } from './operation-store.js';

/** Plain data that names an operation in a message between threads. */
export type CarriedOperation = Pick<Operation, 'id' | 'name' | 'traceFlags' | 'traceState'>;

/** The operation that runs now, as plain data. */
export function carriedOperation(): CarriedOperation | undefined {
  const operation = currentOperation();
  if (operation === undefined) return undefined;
  const { id, name, traceFlags, traceState } = operation;
  return { id, name, traceFlags, traceState };
}

/** The operation that a message names; undefined for none and for what is not from us. */
export function receivedOperation(carried: unknown): Operation | undefined {
  const operation = carried as CarriedOperation | null | undefined;
  return isOperationId(operation?.id) ? operation : undefined;
}

/** Runs `fn` in the operation of a message, or outside of any. */
export function runReceived<R>(carried: unknown, fn: () => R): R {
  const operation = receivedOperation(carried);
  return operation === undefined ? state.storage.exit(fn) : state.storage.run(operation, fn);
}
