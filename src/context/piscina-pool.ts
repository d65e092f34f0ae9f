import { fileURLToPath } from 'node:url';
import { expected } from '../errors.js';
import { carriedOperation } from './carried-operation.js';
import { markError } from './operation-error.js';
import { currentOperation } from './operation-store.js';
import type { PoolTask } from './piscina-worker.js';

/** What we use of piscina's run options. */
interface RunOptions {
  filename?: string | null;
  name?: string | null;
  transferList?: unknown;
}

/** What we use of a piscina pool. */
interface Pool {
  run(task: unknown, options?: RunOptions): Promise<unknown>;
}

interface PoolOptions {
  filename?: string | null;
  name?: string;
}

interface PoolClass<P, O> {
  new (options?: O): P;
  readonly transferableSymbol: symbol;
  readonly valueSymbol: symbol;
  readonly queueOptionsSymbol: symbol;
}

const MOVABLE = 'Piscina.kMovable';
const WORKER = fileURLToPath(new URL('./piscina-worker.js', import.meta.url));

/**
 * A piscina pool whose tasks run in the operation from which they were submitted. Neither the task
 * nor the calls of `run` change: `const pool = operationPool(Piscina, { filename, … })` in place of
 * `new Piscina({ filename, … })`. An error of a task carries the id, on both sides. A task without a
 * `filename` rejects with `ERR_TRACE_OPERATION`.
 *
 * @throws TraceError `ERR_TRACE_OPERATION` when the first argument is not piscina's class; what its
 * constructor throws.
 */
export function operationPool<P, O>(Piscina: PoolClass<P, O>, options: O): P {
  if (typeof Piscina !== 'function' || typeof Piscina.queueOptionsSymbol !== 'symbol') {
    throw expected('ERR_TRACE_OPERATION', 'the first argument', 'the class Piscina', Piscina);
  }
  const given = (options ?? {}) as PoolOptions;
  const pool = new Piscina({ ...options, filename: WORKER, name: 'default' } as O);
  const run = (pool as Pool).run.bind(pool);

  async function runInPool(task: unknown, more: RunOptions = {}): Promise<unknown> {
    const operation = currentOperation();
    const filename = more.filename ?? given.filename;
    if (filename === undefined || filename === null) {
      const expectation = 'given, to run() or to operationPool(): the module that has the task';
      throw expected('ERR_TRACE_OPERATION', 'filename', expectation, filename);
    }
    const packed = pack(task, filename, more.name ?? given.name ?? 'default');
    const transferList = transfersOf(task, more.transferList);
    const rest = transferList === undefined ? more : { ...more, transferList };
    try {
      return await run(packed, { ...rest, filename: WORKER, name: 'default' });
    } catch (error) {
      if (operation !== undefined) markError(error, operation);
      throw error;
    }
  }

  function pack(task: unknown, filename: string, name: string): PoolTask {
    const object = asObject(task);
    const packed: PoolTask = {
      aegisOperation: carriedOperation(),
      filename,
      name,
      task: isMovable(object) ? object[Piscina.valueSymbol] : task,
    };
    if (object !== undefined && Piscina.queueOptionsSymbol in object) {
      // Task queues of the user's sort by what a task says here.
      Object.assign(packed, { [Piscina.queueOptionsSymbol]: object[Piscina.queueOptionsSymbol] });
    }
    return packed;
  }

  function transfersOf(task: unknown, given: unknown): unknown {
    const object = asObject(task);
    if (!isMovable(object)) return given;
    return [...((given as unknown[] | undefined) ?? []), object[Piscina.transferableSymbol]].flat();
  }

  Object.defineProperty(pool, 'run', { value: runInPool, writable: true, configurable: true });
  return pool;
}

function asObject(value: unknown): Record<PropertyKey, unknown> | undefined {
  return typeof value === 'object' && value !== null
    ? (value as Record<PropertyKey, unknown>)
    : undefined;
}

/** Whether a task is what `Piscina.move()` returned; piscina tells by a symbol that it keeps. */
function isMovable(task: object | undefined): task is Record<PropertyKey, unknown> {
  return (
    task !== undefined &&
    Object.getOwnPropertySymbols(task).some(({ description }) => description === MOVABLE)
  );
}
