import { types } from 'node:util';
import { markError } from './operation-error.js';
import { type Operation, state } from './operation-store.js';

const { storage } = state;
const { apply, getPrototypeOf, setPrototypeOf } = Reflect;
const { then } = Promise.prototype;

type Step = (...args: unknown[]) => unknown;
type Method = 'next' | 'return' | 'throw';
const METHODS: readonly Method[] = ['next', 'return', 'throw'];

/** Stands in front of a prototype of generators; knows the operations of those that have it. */
interface Front {
  readonly prototype: object;
  readonly operations: WeakMap<object, Operation>;
}

const fronts = new WeakMap<object, Front>();

/**
 * Lets every step of a generator run in an operation, whoever asks for it: the body of a generator runs only
 * when somebody consumes it. The same object, with a prototype in front of its own, so that operations and
 * monitors around one another all see the steps. What is no generator, or frozen, stays as it is.
 */
export function stepInOperation(operation: Operation, value: unknown): void {
  if (!types.isGeneratorObject(value) || !Object.isExtensible(value)) return;
  const prototype = getPrototypeOf(value);
  if (prototype === null) return;
  const front = fronts.get(prototype) ?? makeFront(prototype);
  front.operations.set(value, operation);
  setPrototypeOf(value, front.prototype);
}

function makeFront(behind: object): Front {
  const front = { prototype: Object.create(behind) as object, operations: new WeakMap() };
  for (const method of METHODS) {
    const value = makeMethod(behind, front.operations, method);
    Object.defineProperty(front.prototype, method, { value, writable: true, configurable: true });
  }
  fronts.set(behind, front);
  return front;
}

function makeMethod(prototype: object, operations: Front['operations'], method: Method): Step {
  const { [method]: step } = {
    [method](this: object, ...args: unknown[]): unknown {
      // Looked up each time, as the generator itself would: somebody may replace it.
      const original = Reflect.get(prototype, method, this) as Step;
      const operation = operations.get(this);
      return operation === undefined
        ? apply(original, this, args)
        : runStep(operation, original, this, args);
    },
  };
  Object.defineProperty(step, 'length', { value: 1, configurable: true });
  return step as Step;
}

function runStep(operation: Operation, step: Step, generator: object, args: unknown[]): unknown {
  let result: unknown;
  try {
    result = storage.run(operation, apply, step, generator, args);
  } catch (error) {
    markError(error, operation);
    throw error;
  }
  if (!types.isPromise(result)) return result;
  // Of an async generator, whose promises nobody else has yet.
  return apply(then, result, [
    undefined,
    (error: unknown) => {
      markError(error, operation);
      throw error;
    },
  ]);
}
