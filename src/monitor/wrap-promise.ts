import { types } from 'node:util';
import type { CallFrame } from './call-frame.js';
import { countFailure, endCall, failCall } from './record-call.js';

const { apply } = Reflect;
const { then } = Promise.prototype;
/** What was given back for a promise, so that the same one is given back for it again. */
const followed = new WeakMap<object, FollowedPromise>();

const toText = Function.prototype.toString;
const PROMISE_TEXT = apply(toText, Promise, []);
/** Prototypes of promises that were looked at, and whether they are `Promise.prototype` of their realm. */
const prototypes = new WeakMap<object, boolean>();

interface Outcome {
  readonly failed: boolean;
  readonly value: unknown;
}

interface FollowedPromise {
  readonly given: Promise<unknown>;
  /** The calls that returned it. */
  readonly waiting: CallFrame[];
  outcome: Outcome | undefined;
}

/**
 * Whether the promise is one that nobody can tell from what `then` derives of it: without a class or
 * properties of its own.
 */
function isPlain(promise: Promise<unknown>): boolean {
  return (
    !types.isProxy(promise) &&
    isPromisePrototype(Object.getPrototypeOf(promise)) &&
    // Not its symbols: while an AsyncLocalStorage is in use, Node 20 keeps it in some of them.
    Object.getOwnPropertyNames(promise).length === 0
  );
}

/** Whether it is `Promise.prototype`, of this realm or another: of a vm context, or a window of jsdom. */
function isPromisePrototype(prototype: object): boolean {
  if (prototype === Promise.prototype) return true;
  const known = prototypes.get(prototype);
  if (known !== undefined) return known;
  const value: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const isOne =
    typeof value === 'function' &&
    apply(toText, value, []) === PROMISE_TEXT &&
    Object.getOwnPropertyDescriptor(value, 'prototype')?.value === prototype;
  prototypes.set(prototype, isOne);
  return isOne;
}

/**
 * Ends the call when its promise settles, and returns the promise to hand out: derived from the
 * original, because a branch beside it would count as handling its rejection, and silence
 * `unhandledRejection`. Undefined when the promise must be handed out as it is.
 */
export function followPromise(
  frame: CallFrame,
  promise: Promise<unknown>,
): Promise<unknown> | undefined {
  try {
    const known = followed.get(promise);
    if (known !== undefined) {
      if (known.outcome !== undefined) end(frame, known.outcome);
      else known.waiting.push(frame);
      return known.given;
    }
    return isPlain(promise) ? followFirst(frame, promise) : undefined;
  } catch {
    countFailure();
    return undefined;
  }
}

/** The same for what an async function returned, which nobody else has seen. */
export function followOwnPromise(frame: CallFrame, promise: object): Promise<unknown> {
  return apply(then, promise, [
    (value: unknown) => {
      endCall(frame, value);
      return value;
    },
    (error: unknown) => {
      failCall(frame, error);
      throw error;
    },
  ]) as Promise<unknown>;
}

function followFirst(frame: CallFrame, promise: Promise<unknown>): Promise<unknown> {
  const waiting = [frame];
  const settle = (outcome: Outcome) => {
    entry.outcome = outcome;
    for (const waiter of waiting.splice(0)) end(waiter, outcome);
  };
  const given = apply(then, promise, [
    (value: unknown) => {
      settle({ failed: false, value });
      return value;
    },
    (error: unknown) => {
      settle({ failed: true, value: error });
      throw error;
    },
  ]) as Promise<unknown>;
  const entry: FollowedPromise = { given, waiting, outcome: undefined };
  followed.set(promise, entry);
  return given;
}

function end(frame: CallFrame, { failed, value }: Outcome): void {
  if (failed) failCall(frame, value);
  else endCall(frame, value);
}
