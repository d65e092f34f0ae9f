// Operation ids follow the work into a pool of threads.
import { isMainThread } from 'node:worker_threads';
import { TraceCollector } from 'aegis-trace';
import { getOperationId, operation, operationPool } from 'aegis-trace/context';
import Piscina from 'piscina';

let attached;

/** Runs in the pool. */
export default function resize({ image, handle }) {
  attached ??= TraceCollector.attach(handle);
  attached.recordNow('resized', 'Pool', `${image}, by a thread of the pool`);
  return getOperationId();
}

if (isMainThread) {
  const collector = new TraceCollector();
  const pool = operationPool(Piscina, { filename: import.meta.url, maxThreads: 2 });
  const upload = operation('upload', async (image) => {
    collector.recordNow('received', 'Upload', image);
    const inThePool = await pool.run({ image, handle: collector.share() });
    console.log(image, inThePool === getOperationId() ? 'has one id on both sides' : 'lost its id');
    return inThePool;
  });
  const [first] = await Promise.all(['a.png', 'b.png', 'c.png'].map(upload));
  for (const event of collector.reconstructDecisionChain(first)) {
    console.log(event.component, event.rationale);
  }
  await pool.destroy();
}
