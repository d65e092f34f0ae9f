// getOperationId(), inside and outside of an operation, and a whole operation from entry to end.

import {
  generateOperationId,
  getOperationId,
  runWithOperationId,
  withOperationId,
} from '../../../dist/context/index.js';

let sink;

function nsOf(count, call) {
  for (let i = 0; i < count / 10; i++) sink = call();
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) sink = call();
  return Number(process.hrtime.bigint() - start) / count;
}

export function measure({ count }) {
  const outsideNs = nsOf(count, getOperationId);
  const ns = runWithOperationId(generateOperationId(), () => nsOf(count, getOperationId));
  const operationNs = nsOf(
    count / 10,
    withOperationId(() => 1),
  );
  return { ns, outsideNs, operationNs, sink: sink === 1 ? 1 : 0 };
}
