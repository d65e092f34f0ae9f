/**
 * Operation ids that follow the work through async calls, threads and processes; see README.md.
 *
 * @module
 */
export { operationPlugin } from './fastify-plugin.js';
export {
  getLogger,
  type LogDestination,
  type Logger,
  type LoggerOptions,
  type LogMethod,
  operationIdMixin,
  operationTag,
} from './logger.js';
export {
  operationErrorMiddleware,
  operationMiddleware,
  type RequestOperationOptions,
} from './middleware.js';
export { generateOperationId } from './operation-id.js';
export { followSpans, getOperationId, isOperationId, type Operation } from './operation-store.js';
export { operationInterceptor } from './outgoing-undici.js';
export { operationPool } from './piscina-pool.js';
export type { LogRecorder } from './record-line.js';
export {
  type OperationOptions,
  operation,
  propagateOperationId,
  runWithOperationId,
  withOperationId,
} from './run-operation.js';
export {
  type MessageInOperation,
  operationEnv,
  packOperation,
  unpackOperation,
} from './threads.js';
