import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { afterAll, describe, expect, it } from 'vitest';
import {
  getOperationId,
  operationEnv,
  operationPool,
  packOperation,
  runWithOperationId,
  unpackOperation,
} from '../../dist/context/index.js';
import { runModule } from '../support/child.js';

const support = (name: string) => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
const CONTEXT = new URL('../../dist/context/index.js', import.meta.url).href;

describe('O1: piscina, with a task that does not change', () => {
  const filename = support('operation-task.mjs');
  const pool = operationPool(Piscina, { filename, maxThreads: 2, concurrentTasksPerWorker: 3 });
  afterAll(() => pool.destroy());

  it('every task runs in the operation that submitted it', async () => {
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, n) =>
        runWithOperationId(`op-${n}`, async () => {
          const found = (await pool.run({ n, delay: n % 5 })) as object;
          return { ...found, here: getOperationId() };
        }),
      ),
    );
    for (const [n, found] of results.entries()) {
      const id = `op-${n}`;
      expect(found).toEqual({ n, before: id, after: id, here: id });
    }
  });

  it('a task submitted outside of an operation has none', async () => {
    expect(await pool.run({ n: 1 })).toMatchObject({ before: undefined, after: undefined });
  });

  it('takes a task by name, and one that is moved', async () => {
    await runWithOperationId('moved', async () => {
      expect(await pool.run({}, { name: 'named' })).toBe('moved');
      const bytes = new Uint8Array(64);
      const moved = Piscina.move(bytes);
      expect(await pool.run(moved, { name: 'byteLength' })).toEqual([64, 'moved']);
      expect(bytes.byteLength).toBe(0);
    });
  });

  it('the error of a task has the id, and so has a missing task file', async () => {
    const failed = runWithOperationId('failing', () => pool.run({ fails: true, n: 3 }));
    await expect(failed).rejects.toMatchObject({ message: 'failed 3', operationId: 'failing' });
    const bare = operationPool(Piscina, {});
    await expect(bare.run({})).rejects.toThrow(
      /filename must be given, .*the module that has the task; got undefined/,
    );
    await bare.destroy();
    await expect(pool.run({}, { filename: '/none.mjs' })).rejects.toThrow('none.mjs');
    await expect(pool.run({}, { name: 'absent' })).rejects.toThrow(
      `No handler function exported from ${filename}`,
    );
  });
});

it('O1: a raw worker thread and its replies, by one line on each side', async () => {
  const worker = new Worker(support('operation-worker.mjs'));
  const seen: [unknown, string | undefined][] = [];
  const done = new Promise<void>((resolve) => {
    worker.on(
      'message',
      unpackOperation((reply: { n: number; id: string }) => {
        seen.push([reply, getOperationId()]);
        if (seen.length === 101) resolve();
      }),
    );
  });
  for (let n = 0; n < 100; n++) {
    runWithOperationId(`op-${n}`, () => worker.postMessage(packOperation(n)));
  }
  worker.postMessage(100);
  await done;
  await worker.terminate();
  for (const [reply, id] of seen as [{ n: number; id: string | undefined }, string | undefined][]) {
    const expected = reply.n === 100 ? undefined : `op-${reply.n}`;
    expect([reply.id, id]).toEqual([expected, expected]);
  }
});

describe('O1: a process or thread started with operationEnv()', () => {
  const source = `const { getOperationId, runWithOperationId } = await import(${JSON.stringify(CONTEXT)});
    console.log(getOperationId(), runWithOperationId('own', getOperationId), getOperationId());`;

  it('belongs to the operation it was started in', async () => {
    const env = runWithOperationId('parent-1', () => operationEnv({ A: 'b' }));
    expect(env).toEqual({ A: 'b', AEGIS_OPERATION_ID: 'parent-1' });
    const { stdout } = await runModule(source, { env: env as Record<string, string> });
    expect(stdout).toBe('parent-1 own parent-1\n');
  });

  it('belongs to none when it was started outside of one, or the id is malformed', async () => {
    expect(operationEnv({ AEGIS_OPERATION_ID: 'stale' })).toEqual({});
    const { stdout } = await runModule(source, { env: { AEGIS_OPERATION_ID: 'not an id' } });
    expect(stdout).toBe('undefined own undefined\n');
  });

  it('is a worker thread just as well', async () => {
    const worker = new Worker(
      `import(${JSON.stringify(CONTEXT)}).then((context) =>
        require('node:worker_threads').parentPort.postMessage(context.getOperationId()))`,
      { eval: true, env: runWithOperationId('thread-1', () => operationEnv()) },
    );
    expect(await once(worker, 'message')).toEqual(['thread-1']);
  });
});

it('two copies of the package see the same operations', async () => {
  const copy = (await import(
    '../../src/context/index.js'
  )) as typeof import('../../src/context/index.js');
  expect(copy.runWithOperationId).not.toBe(runWithOperationId);
  expect(copy.runWithOperationId('shared', () => getOperationId())).toBe('shared');
});
