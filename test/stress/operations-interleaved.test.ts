import { EventEmitter } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { expect, it } from 'vitest';
import {
  getLogger,
  getOperationId,
  operationPool,
  packOperation,
  propagateOperationId,
  runWithOperationId,
  unpackOperation,
} from '../../dist/context/index.js';
import { TraceCollector } from '../../dist/index.js';

const OPERATIONS = 10_000;
const support = (name: string) => fileURLToPath(new URL(`../support/${name}`, import.meta.url));

it('O1: 10 000 interleaved operations: no event, log line or error under the id of another', async () => {
  const collector = new TraceCollector({ capacity: 20 * OPERATIONS });
  const lines: string[] = [];
  const logger = getLogger('stress', { destination: { write: (line) => void lines.push(line) } });
  const pool = operationPool(Piscina, {
    filename: support('operation-task.mjs'),
    maxThreads: 1,
    concurrentTasksPerWorker: 64,
  });
  const worker = new Worker(support('operation-worker.mjs'));
  const bus = new EventEmitter().setMaxListeners(0);
  const replies = new EventEmitter().setMaxListeners(0);
  worker.on(
    'message',
    unpackOperation((reply: { n: number; id: string }) => replies.emit(String(reply.n), reply.id)),
  );
  const wrong: string[] = [];
  /** Each place says which operation it should be in; the id is found by itself. */
  const at = (place: string, n: number): void => {
    if (getOperationId() !== `op-${n}`) wrong.push(`${place} of ${n} in ${getOperationId()}`);
    collector.record({ eventType: place, component: 'stress', attributes: { n } });
    logger.info({ n }, place);
  };

  const work = async (n: number): Promise<void> => {
    at('start', n);
    await null;
    at('await', n);
    await new Promise<void>((resolve) => setTimeout(() => resolve(at('timer', n)), n % 7));
    await new Promise<void>((resolve) => process.nextTick(() => resolve(at('tick', n))));
    const through = new PassThrough();
    through.on('data', () => at('stream', n));
    await pipeline(Readable.from(['x']), through);
    const heard = new Promise<void>((resolve) => {
      bus.once(
        'go',
        propagateOperationId(() => resolve(at('emitter', n))),
      );
    });
    // The shared emitter is called from whichever operation comes round.
    if (n % 50 === 49 || n === OPERATIONS - 1) setImmediate(() => bus.emit('go'));
    await heard;
    if (n % 4 === 0) {
      const { before, after } = (await pool.run({ n, delay: n % 3 })) as Record<string, string>;
      if (before !== `op-${n}` || after !== before) wrong.push(`piscina of ${n} in ${before}`);
      at('piscina', n);
      const failed = (await pool.run({ n, fails: true }).catch((error: unknown) => error)) as {
        operationId?: string;
      };
      if (failed.operationId !== `op-${n}`) wrong.push(`failure of ${n} in ${failed.operationId}`);
    }
    if (n % 4 === 1) {
      const reply = new Promise<void>((resolve) => {
        replies.once(String(n), (id: string) => {
          if (id !== `op-${n}`) wrong.push(`worker of ${n} in ${id}`);
          at('worker', n);
          resolve();
        });
      });
      worker.postMessage(packOperation(n));
      await reply;
    }
    await sleep(n % 5);
    if (n % 3 === 0) throw new Error(`failure of ${n}`);
  };

  const ends = await Promise.allSettled(
    Array.from({ length: OPERATIONS }, (_, n) => runWithOperationId(`op-${n}`, () => work(n))),
  );
  await pool.destroy();
  await worker.terminate();

  expect(wrong).toEqual([]);
  const events = collector.query();
  expect(events).toHaveLength(OPERATIONS * 6 + OPERATIONS / 2);
  expect(events.filter(({ requestId, attributes }) => requestId !== `op-${attributes.n}`)).toEqual(
    [],
  );
  const logged = lines.map((line) => JSON.parse(line) as { n: number; operation_id: string });
  expect(logged).toHaveLength(events.length);
  expect(logged.filter(({ n, operation_id }) => operation_id !== `op-${n}`)).toEqual([]);
  for (const [n, end] of ends.entries()) {
    if (n % 3 !== 0) expect(end.status).toBe('fulfilled');
    else
      expect(end).toMatchObject({ reason: { message: `failure of ${n}`, operationId: `op-${n}` } });
  }
  collector.close();
}, 120_000);
