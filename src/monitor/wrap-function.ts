import { types } from 'node:util';
import { type Operation, state } from '../context/operation-store.js';
import { noteWrapped, unwrapped } from '../context/wrapped-functions.js';
import type { CallFrame } from './call-frame.js';
import type { MonitoredFunction } from './monitored-function.js';
import { beginCall, endCall, failCall } from './record-call.js';
import { followGenerator } from './wrap-generator.js';
import { followOwnPromise, followPromise } from './wrap-promise.js';

// biome-ignore lint/suspicious/noExplicitAny: only `any` accepts every function's parameters
export type AnyFunction = (this: any, ...args: any[]) => any;

const { storage } = state;
const { apply, construct } = Reflect;

/** Every wrapper made here, so that nothing is wrapped twice by autoInstrument. */
const wrappers = new WeakSet<object>();

export function isMonitored(fn: object): boolean {
  return wrappers.has(fn);
}

/** What becomes of an object that the function returned; ends the call, now or later. */
function followerOf(fn: AnyFunction): (frame: CallFrame, result: object) => unknown {
  // operation() around a generator is a plain function that returns one.
  if (types.isGeneratorFunction(unwrapped(fn))) return followGenerator;
  return types.isAsyncFunction(fn) ? followOwnPromise : followResult;
}

/**
 * Wraps a function so that each call is recorded. A proxy, so that everything else about it is the
 * function itself: name, length, prototype, properties, also those that are set later. Constructing
 * goes past the monitor.
 */
export function wrapFunction<F extends AnyFunction>(fn: F, monitored: MonitoredFunction): F {
  const follow = followerOf(fn);
  const wrapper: F = new Proxy(fn, {
    apply(target, self, args: unknown[]) {
      const frame = beginCall(monitored, args);
      if (frame === undefined) return apply(target, self, args);
      let result: unknown;
      // What run() does, in fewer frames of the stack: a recursion has half as deep again. The second
      // enterWith() needs no more stack than beginCall() had, so that it cannot overflow.
      const outer = storage.getStore() as Operation;
      storage.enterWith(frame);
      try {
        result = apply(target, self, args);
      } catch (error) {
        storage.enterWith(outer);
        // First: at the end of the stack failCall() may throw before it has begun.
        frame.isLeaving = true;
        failCall(frame, error);
        throw error;
      }
      storage.enterWith(outer);
      if (typeof result === 'object' && result !== null) return follow(frame, result);
      endCall(frame, result);
      return result;
    },
    construct(target, args: unknown[], newTarget) {
      return construct(target, args, newTarget === wrapper ? target : newTarget) as object;
    },
  });
  wrappers.add(wrapper);
  noteWrapped(wrapper, fn);
  return wrapper;
}

function followResult(frame: CallFrame, result: object): unknown {
  const followed = types.isPromise(result) ? followPromise(frame, result) : undefined;
  if (followed !== undefined) return followed;
  endCall(frame, result);
  return result;
}
