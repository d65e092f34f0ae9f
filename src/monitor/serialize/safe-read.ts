import { types } from 'node:util';
import { inheritedValue } from '../../thrown.js';

// Reading values without running anybody's code: own data properties by their descriptors, built-in
// state by the built-ins' own accessors, and proxies not at all.

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;

export const isProxy = types.isProxy;

function getterOf(prototype: object, key: PropertyKey): (this: unknown) => unknown {
  return getOwnPropertyDescriptor(prototype, key)?.get as (this: unknown) => unknown;
}

const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object;
const typedLength = getterOf(TypedArrayPrototype, 'length');
const typedTag = getterOf(TypedArrayPrototype, Symbol.toStringTag);
const mapSize = getterOf(Map.prototype, 'size');
const setSize = getterOf(Set.prototype, 'size');
const mapEntries = Map.prototype.entries;
const setValues = Set.prototype.values;
const mapNext = (new Map().entries() as Iterator<[unknown, unknown]>).next;
const setNext = (new Set().values() as Iterator<unknown>).next;
const bufferBytes = getterOf(ArrayBuffer.prototype, 'byteLength');
const sharedBytes = getterOf(SharedArrayBuffer.prototype, 'byteLength');
const dateTime = Date.prototype.getTime;
const regExpSource = getterOf(RegExp.prototype, 'source');

const { apply } = Reflect;

export const typedArrayLength = (value: object) => apply(typedLength, value, []) as number;
export const typedArrayName = (value: object) => apply(typedTag, value, []) as string;
export const mapLength = (value: object) => apply(mapSize, value, []) as number;
export const setLength = (value: object) => apply(setSize, value, []) as number;
export const dateMillis = (value: object) => apply(dateTime, value, []) as number;
export const regExpText = (value: object) => apply(regExpSource, value, []) as string;
export const bufferLength = (value: object) =>
  apply(types.isSharedArrayBuffer(value) ? sharedBytes : bufferBytes, value, []) as number;

/**
 * Entries of a Map or Set of which the first are read. In front of them may lie three times as many
 * deleted ones, as in a cache that drops its oldest, and V8 steps over each, 1 to 2 ns.
 */
const ENTRIES_MAX = 100_000;

/** The first entries of a Map; none of one that is too large. */
export function firstOfMap(map: object, count: number): [unknown, unknown][] {
  if (mapLength(map) > ENTRIES_MAX) return [];
  const iterator: unknown = apply(mapEntries, map, []);
  const entries: [unknown, unknown][] = [];
  while (entries.length < count) {
    const { done, value } = apply(mapNext, iterator, []) as IteratorResult<[unknown, unknown]>;
    if (done === true) break;
    entries.push(value);
  }
  return entries;
}

/** The first values of a Set; none of one that is too large. */
export function firstOfSet(set: object, count: number): unknown[] {
  if (setLength(set) > ENTRIES_MAX) return [];
  const iterator: unknown = apply(setValues, set, []);
  const values: unknown[] = [];
  while (values.length < count) {
    const { done, value } = apply(setNext, iterator, []) as IteratorResult<unknown>;
    if (done === true) break;
    values.push(value);
  }
  return values;
}

/** An own data property; undefined also for an accessor. The object must not be a proxy. */
export function ownValue(object: object, key: PropertyKey): unknown {
  return getOwnPropertyDescriptor(object, key)?.value;
}

/** The name of the class of an object: `Object`, `User`; undefined for null prototypes and proxies. */
export function classNameOf(object: object): string | undefined {
  const prototype = getPrototypeOf(object) as object | null;
  if (prototype === Object.prototype) return 'Object';
  if (prototype === null || isProxy(prototype)) return undefined;
  const made = inheritedValue(prototype, 'constructor');
  return typeof made === 'function' ? functionName(made) : undefined;
}

/** The name of a function, if it is a non-empty string of its own. */
export function functionName(fn: object): string | undefined {
  if (isProxy(fn)) return undefined;
  const name = ownValue(fn, 'name');
  return typeof name === 'string' && name !== '' ? name.slice(0, 100) : undefined;
}
