/**
 * The functions inside the wrappers that this package makes, for whoever asks a function for its name
 * or the names of its parameters. On globalThis, so that several copies of the package share it.
 */
const WRAPPED = Symbol.for('aegis-trace.wrapped-functions.1');

const globals = globalThis as { [WRAPPED]?: WeakMap<object, object> };
globals[WRAPPED] ??= new WeakMap();
const wrapped: WeakMap<object, object> = globals[WRAPPED];

/** Notes what a wrapper wraps. */
export function noteWrapped(wrapper: object, fn: object): void {
  wrapped.set(wrapper, fn);
}

/** The innermost function of a wrapper of ours; any other function is its own. */
export function unwrapped(fn: object): object {
  let at = fn;
  for (let inner = wrapped.get(at); inner !== undefined; inner = wrapped.get(at)) at = inner;
  return at;
}
