// A piscina task that knows nothing of operations but what it reports.
import { setTimeout as sleep } from 'node:timers/promises';
import { getOperationId } from '../../dist/context/index.js';

export default async function report(task) {
  if (task?.fails) throw new Error(`failed ${task.n}`);
  const before = getOperationId();
  await sleep(task.delay ?? 0);
  return { n: task.n, before, after: getOperationId(), text: task.text };
}

export const named = () => getOperationId();

export const byteLength = (task) => [task.byteLength, getOperationId()];
