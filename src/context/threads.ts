import { expected } from '../errors.js';
import { type CarriedOperation, carriedOperation, runReceived } from './carried-operation.js';
import { ENV_OPERATION_ID, getOperationId } from './operation-store.js';

/** A message on its way between threads, with the operation in which it was sent. */
export interface MessageInOperation<T> {
  readonly aegisOperation: CarriedOperation | undefined;
  readonly message: T;
}

/** On the sending side: `worker.postMessage(packOperation(message), transferList)`. */
export function packOperation<T>(message: T): MessageInOperation<T> {
  return { aegisOperation: carriedOperation(), message };
}

/**
 * On the receiving side: `parentPort.on('message', unpackOperation((message) => …))`. The handler runs
 * in the operation in which the message was packed, and outside of any for other messages, which it is
 * given as they are. The same pair serves replies, and every other MessagePort.
 *
 * @throws TraceError `ERR_TRACE_OPERATION` when `handler` is no function.
 */
export function unpackOperation<T, R>(handler: (message: T) => R): (message: unknown) => R {
  if (typeof handler !== 'function') {
    throw expected('ERR_TRACE_OPERATION', 'handler', 'a function', handler);
  }
  return (received) => {
    const isPacked =
      typeof received === 'object' && received !== null && 'aegisOperation' in received;
    if (!isPacked) return runReceived(undefined, () => handler(received as T));
    const { aegisOperation, message } = received as MessageInOperation<T>;
    return runReceived(aegisOperation, () => handler(message));
  };
}

/**
 * The environment for a child process, or a worker thread, that belongs to the operation that runs
 * now: `spawn(command, args, { env: operationEnv() })`, `new Worker(file, { env: operationEnv() })`.
 * There everything outside a nearer operation has its id.
 *
 * @param env - default `process.env`.
 */
export function operationEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const id = getOperationId();
  const { [ENV_OPERATION_ID]: _inherited, ...others } = env;
  return id === undefined ? others : { ...others, [ENV_OPERATION_ID]: id };
}
