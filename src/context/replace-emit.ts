import type { EventEmitter } from 'node:events';

export type Emit = (this: EventEmitter, ...args: Parameters<EventEmitter['emit']>) => boolean;

/** Puts another emit, which looks like the one that is there, on a prototype. Returns the other one. */
export function replaceEmit(prototype: EventEmitter, wrap: (emit: Emit) => Emit): Emit {
  const replaced = wrap(prototype.emit);
  Object.defineProperty(replaced, 'name', { value: 'emit', configurable: true });
  Object.defineProperty(prototype, 'emit', {
    value: replaced,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  return replaced;
}
