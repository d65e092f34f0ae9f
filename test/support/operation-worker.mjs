// The worker's side of packOperation and unpackOperation.
import { parentPort } from 'node:worker_threads';
import { getOperationId, packOperation, unpackOperation } from '../../dist/context/index.js';

parentPort.on(
  'message',
  unpackOperation((n) => {
    setTimeout(() => parentPort.postMessage(packOperation({ n, id: getOperationId() })), n % 3);
  }),
);
