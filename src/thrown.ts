import { types } from 'node:util';
import { show } from './errors.js';

// What can be known of something that was thrown, whatever it is, without running its code: data
// properties by their descriptors, and the accessors of built-in classes by the built-ins' own.

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { apply } = Reflect;

/** A prototype chain deeper than this is a trap. */
const CHAIN_MAX = 100;
/** Errors inside an error that are looked at, and how deep they may lie. */
const INNER_MAX = 8;
const INNER_LEVELS_MAX = 8;
/** Characters of {@link messageOf}, and of one message in it. */
const MESSAGE_MAX = 1000;
const PART_MAX = 400;

type Getter = (this: unknown) => unknown;
const domGetter = (key: string) =>
  getOwnPropertyDescriptor(DOMException.prototype, key)?.get as Getter;
/** A DOMException has its name and message as accessors. */
const DOM_GETTERS = new Set([domGetter('name'), domGetter('message')]);
/** Where V8 makes `stack` an accessor, this is its getter; elsewhere it is a data property. */
const stackGetter = getOwnPropertyDescriptor(new Error(), 'stack')?.get;

/** The descriptor of a property of the object or its prototypes, of which a proxy ends the search. */
function findProperty(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  let at: object | null = object;
  for (let depth = 0; at !== null && depth < CHAIN_MAX && !types.isProxy(at); depth++) {
    const descriptor = getOwnPropertyDescriptor(at, key);
    if (descriptor !== undefined) return descriptor;
    at = getPrototypeOf(at) as object | null;
  }
  return undefined;
}

/** A data property of the object or its prototypes, of which a proxy ends the search. */
export function inheritedValue(object: object, key: PropertyKey): unknown {
  return findProperty(object, key)?.value;
}

/**
 * Whether something is an error: of any realm, a DOMException, or made with the prototype of Error.
 * A proxy is not, as nothing can be read of it.
 */
export function isError(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  if (types.isNativeError(value)) return true;
  let at = getPrototypeOf(value) as object | null;
  for (let depth = 0; at !== null && depth < CHAIN_MAX && !types.isProxy(at); depth++) {
    if (at === Error.prototype) return true;
    at = getPrototypeOf(at) as object | null;
  }
  return false;
}

/** A text of an error, `name` or `message`, if it can be read without running code. */
export function errorText(error: object, key: string): string | undefined {
  const descriptor = findProperty(error, key);
  let value: unknown = descriptor?.value;
  if (descriptor?.get !== undefined && DOM_GETTERS.has(descriptor.get)) {
    try {
      value = apply(descriptor.get, error, []);
    } catch {
      // Made with the prototype of DOMException, and not one itself.
    }
  }
  return typeof value === 'string' ? value : undefined;
}

/** Whether a property, own or inherited, is a primitive or absent: to read it runs no code of a user's. */
function isPrimitive(object: object, key: PropertyKey): boolean {
  const descriptor = findProperty(object, key);
  if (descriptor === undefined) return !hasProxy(object);
  const { value, get, set } = descriptor;
  if (get !== undefined && DOM_GETTERS.has(get)) return true;
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return get === undefined && set === undefined && !isObject;
}

function hasProxy(object: object): boolean {
  let at: object | null = object;
  for (let depth = 0; at !== null; depth++) {
    if (depth === CHAIN_MAX || types.isProxy(at)) return true;
    at = getPrototypeOf(at) as object | null;
  }
  return false;
}

/**
 * The stack of an error as a string, if it has one. Not where a name or message is an accessor of the
 * user's: a stack that nobody has read yet is put together when it is read, from these.
 */
export function stackOf(error: object): string | undefined {
  try {
    if (!isPrimitive(error, 'name') || !isPrimitive(error, 'message')) return undefined;
    const descriptor = getOwnPropertyDescriptor(error, 'stack');
    if (descriptor === undefined) return undefined;
    // Ours also for an error of another realm, whose getter is another function.
    const stack: unknown =
      descriptor.get !== undefined && stackGetter !== undefined
        ? apply(stackGetter, error, [])
        : descriptor.value;
    return typeof stack === 'string' ? stack : undefined;
  } catch {
    // Even to look at it calls Error.prepareStackTrace, if there is one, which may throw.
    return undefined;
  }
}

/** An error's `errors` (AggregateError), as far as they can be read. */
function errorsOf(error: object): unknown[] {
  const list: unknown = getOwnPropertyDescriptor(error, 'errors')?.value;
  if (types.isProxy(list) || !Array.isArray(list)) return [];
  const errors: unknown[] = [];
  for (let i = 0; i < list.length && i <= INNER_MAX; i++) {
    errors.push(getOwnPropertyDescriptor(list, i)?.value);
  }
  return errors;
}

/** An error inside another one. */
export interface InnerError {
  readonly how: 'cause' | 'error';
  readonly value: unknown;
}

/** The errors inside an error, each after the one that it is in; each once, and not too many. */
export function innerErrors(thrown: unknown): InnerError[] {
  const found: InnerError[] = [];
  const seen = new Set<unknown>([thrown]);
  const visit = (value: unknown, depth: number) => {
    if (typeof value !== 'object' || value === null || types.isProxy(value)) return;
    if (depth === INNER_LEVELS_MAX) return;
    const cause = getOwnPropertyDescriptor(value, 'cause');
    const inner: InnerError[] = errorsOf(value).map((item) => ({ how: 'error', value: item }));
    if (cause !== undefined && 'value' in cause && cause.value !== undefined && isError(value)) {
      inner.unshift({ how: 'cause', value: cause.value });
    }
    for (const each of inner) {
      const isObject = typeof each.value === 'object' && each.value !== null;
      if (found.length === INNER_MAX || (isObject && seen.has(each.value))) continue;
      seen.add(each.value);
      found.push(each);
      visit(each.value, depth + 1);
    }
  };
  visit(thrown, 0);
  return found;
}

/**
 * What was thrown, on one line: `name: message`, or the value itself where it is no object. Never
 * empty.
 */
export function titleOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown === '' ? "''" : thrown;
  if (typeof thrown !== 'object' || thrown === null || types.isProxy(thrown)) return show(thrown);
  const message = errorText(thrown, 'message');
  const name = errorText(thrown, 'name');
  if (message === undefined && !isError(thrown)) return show(thrown);
  return [name ?? 'Error', message ?? ''].filter((text) => text !== '').join(': ');
}

/**
 * Why something failed, for a person: the message of what was thrown, and those of the errors inside
 * that it does not repeat. For any value; runs none of its code.
 */
export function messageOf(thrown: unknown): string {
  const isObject = typeof thrown === 'object' && thrown !== null && !types.isProxy(thrown);
  const message = isObject ? errorText(thrown, 'message') : undefined;
  let text = message === undefined || message === '' ? titleOf(thrown) : message;
  for (const { value } of innerErrors(thrown)) {
    const inner = isError(value) ? errorText(value, 'message') || titleOf(value) : titleOf(value);
    if (text.length >= MESSAGE_MAX || text.includes(inner)) continue;
    text += `: ${inner.length > PART_MAX ? `${inner.slice(0, PART_MAX)}…` : inner}`;
  }
  return text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX - 1)}…` : text;
}

/**
 * The stack of what was thrown and those of the errors inside, one after the other, in at most
 * `maxLength` characters. Undefined where there is no stack at all.
 */
export function wholeStackOf(thrown: unknown, maxLength: number): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || types.isProxy(thrown)) return undefined;
  const inner = innerErrors(thrown).map(({ how, value }) => {
    const stack = isError(value) ? stackOf(value) : undefined;
    return `${how === 'cause' ? 'Caused by' : 'With'}: ${stack ?? titleOf(value)}`;
  });
  const own = stackOf(thrown);
  if (own === undefined && inner.length === 0) return undefined;
  const parts = [own ?? titleOf(thrown), ...inner];
  if (parts.length === 1) return parts[0];
  // Half for the error itself, the rest in equal shares.
  const share = Math.floor(maxLength / 2 / inner.length) - 1;
  return parts
    .map((part, i) => {
      const room = i === 0 ? Math.floor(maxLength / 2) : share;
      return part.length > room ? `${part.slice(0, room - 1)}…` : part;
    })
    .join('\n');
}
