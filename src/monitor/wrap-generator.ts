import { types } from 'node:util';
import { state } from '../context/operation-store.js';
import type { CallFrame } from './call-frame.js';
import { countFailure, endCall, failCall } from './record-call.js';

const { storage } = state;
const { apply, getPrototypeOf, setPrototypeOf } = Reflect;
const { then } = Promise.prototype;

type Method = 'next' | 'return' | 'throw';
const METHODS: readonly Method[] = ['next', 'return', 'throw'];

interface Followed {
  readonly frame: CallFrame;
  yielded: number;
}

/** The calls by the generator they returned. */
const calls = new WeakMap<object, Followed>();
/** For each prototype of generators the one that stands in front of it. */
const fronts = new WeakMap<object, object>();

/** Ends the call of a generator that was dropped before its end. */
const dropped = new FinalizationRegistry<Followed>(({ frame, yielded }) => {
  endCall(frame, undefined, { yielded: `${yielded}`, ended: 'dropped' });
});

/**
 * Follows a generator to its end: the same object, with a prototype in front of its own whose
 * `next`, `return` and `throw` run the generator's within the call, and count what it yields.
 */
export function followGenerator(frame: CallFrame, generator: object): unknown {
  try {
    const prototype = getPrototypeOf(generator);
    if (!types.isGeneratorObject(generator) || prototype === null) {
      endCall(frame, undefined);
      return generator;
    }
    const followed = { frame, yielded: 0 };
    calls.set(generator, followed);
    dropped.register(generator, followed, generator);
    setPrototypeOf(generator, frontOf(prototype));
  } catch {
    countFailure();
    frame.unlist();
  }
  return generator;
}

function frontOf(prototype: object): object {
  const known = fronts.get(prototype);
  if (known !== undefined) return known;
  const front = Object.create(prototype) as object;
  for (const method of METHODS) {
    const value = makeMethod(prototype, method);
    Object.defineProperty(front, method, { value, writable: true, configurable: true });
  }
  fronts.set(prototype, front);
  return front;
}

function makeMethod(prototype: object, method: Method): unknown {
  const { [method]: resume } = {
    [method](this: object, ...args: unknown[]): unknown {
      // Looked up each time, as the generator itself would: somebody may replace it.
      const original = Reflect.get(prototype, method, this) as (...args: unknown[]) => unknown;
      const followed = calls.get(this);
      if (followed === undefined || followed.frame.ended) return apply(original, this, args);
      let result: unknown;
      try {
        result = storage.run(followed.frame, apply, original, this, args);
      } catch (error) {
        fail(this, followed, error);
        throw error;
      }
      if (!types.isPromise(result)) {
        resumed(this, followed, result, method);
        return result;
      }
      // Of an async generator. Derived for the same reason as in wrap-promise.ts.
      return apply(then, result, [
        (step: unknown) => {
          resumed(this, followed, step, method);
          return step;
        },
        (error: unknown) => {
          fail(this, followed, error);
          throw error;
        },
      ]);
    },
  };
  Object.defineProperty(resume, 'length', { value: 1, configurable: true });
  return resume;
}

function resumed(generator: object, followed: Followed, step: unknown, method: Method): void {
  try {
    const { done, value } = step as IteratorResult<unknown>;
    if (done !== true) {
      followed.yielded++;
      return;
    }
    dropped.unregister(generator);
    endCall(followed.frame, value, {
      yielded: `${followed.yielded}`,
      ended: method === 'next' ? 'done' : method,
    });
  } catch {
    // Somebody replaced the generator's methods, and what they return is no result.
    countFailure();
  }
}

function fail(generator: object, followed: Followed, error: unknown): void {
  dropped.unregister(generator);
  failCall(followed.frame, error, { yielded: `${followed.yielded}` });
}
