import { types } from 'node:util';
import { type Operation, state } from '../context/operation-store.js';
import { noteWrapped, unwrapped } from '../context/wrapped-functions.js';
import type { CallFrame } from './call-frame.js';
import type { MonitoredFunction } from './monitored-function.js';
import { beginCall, endCall, failCall, isRecorded } from './record-call.js';
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
 * The handler of a monitored function's proxy. It has a trap for calls only while they are recorded: a call of a
 * project that is off costs a look at its collector, and no list of arguments is made for it.
 */
class CallHandler<F extends AnyFunction> implements ProxyHandler<F> {
  readonly #monitored: MonitoredFunction;
  readonly #follow: (frame: CallFrame, result: object) => unknown;
  wrapper: F | undefined;

  constructor(fn: F, monitored: MonitoredFunction) {
    this.#monitored = monitored;
    this.#follow = followerOf(fn);
  }

  get apply(): (target: F, self: unknown, args: unknown[]) => unknown {
    // Without a trap the call goes to the function itself.
    return isRecorded(this.#monitored) ? this.recordCall : (undefined as never);
  }

  construct(target: F, args: unknown[], newTarget: object): object {
    const made = newTarget === this.wrapper ? target : newTarget;
    return construct(target, args, made as AnyFunction) as object;
  }

  recordCall(target: F, self: unknown, args: unknown[]): unknown {
    const frame = beginCall(this.#monitored, args);
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
    if (typeof result === 'object' && result !== null) return this.#follow(frame, result);
    endCall(frame, result);
    return result;
  }
}

/**
 * Wraps a function so that each call is recorded. A proxy, so that everything else about it is the
 * function itself: name, length, prototype, properties, also those that are set later. Constructing
 * goes past the monitor.
 */
export function wrapFunction<F extends AnyFunction>(fn: F, monitored: MonitoredFunction): F {
  const handler = new CallHandler(fn, monitored);
  const wrapper: F = new Proxy(fn, handler);
  handler.wrapper = wrapper;
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
