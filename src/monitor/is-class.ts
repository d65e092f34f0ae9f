import { types } from 'node:util';

/** Whether a function is a class, which cannot be called but only constructed. */
export function isClass(fn: object): boolean {
  if (typeof fn !== 'function' || types.isProxy(fn)) return false;
  return /^class\b/.test(Function.prototype.toString.call(fn).slice(0, 6));
}
