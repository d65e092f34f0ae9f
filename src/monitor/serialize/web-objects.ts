import { functionName, isProxy, ownValue } from './safe-read.js';

// The classes of the web platform keep their state where no property shows it. It is read by the
// accessors and methods of the classes themselves, not by those of an object or a subclass.

const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { apply } = Reflect;

/** Entries of one object that are read; the rest is counted. */
const ENTRIES_MAX = 50;
/** As far as they are counted. */
export const COUNTED_MAX = 500;
/** A prototype chain deeper than this is a trap. */
const CHAIN_MAX = 20;

/** What a person would want to see of such an object. */
export type WebView =
  | { readonly kind: 'text'; readonly name: string; readonly text: string }
  | { readonly kind: 'fields'; readonly name: string; readonly fields: readonly Entry[] }
  | {
      readonly kind: 'entries';
      readonly name: string;
      readonly size: number;
      readonly entries: readonly Entry[];
    };
type Entry = readonly [string, unknown];
type Method = (this: unknown, ...args: unknown[]) => unknown;
type Read = (object: object) => WebView;

/** Reads accessors of a class, of those that its objects have. */
function fields(name: string, keys: readonly string[]): (prototype: object) => Read {
  return (prototype) => {
    const getters = keys.map((key) => [key, findGetter(prototype, key)] as const);
    return (object) => ({
      kind: 'fields',
      name,
      fields: getters
        .map(([key, get]): Entry => [key, apply(get, object, [])])
        .filter(([, value]) => value !== undefined && value !== ''),
    });
  };
}

function findGetter(prototype: object, key: string): Method {
  let at: object | null = prototype;
  for (; at !== null; at = getPrototypeOf(at) as object | null) {
    const get = getOwnPropertyDescriptor(at, key)?.get;
    if (get !== undefined) return get as Method;
  }
  throw new TypeError(`no accessor ${key}`);
}

function entries(name: string): (prototype: object) => Read {
  return (prototype) => {
    const list = ownValue(prototype, 'entries') as Method;
    return (object) => {
      const iterator = apply(list, object, []) as Iterator<Entry>;
      const next = findNext(iterator);
      const first: Entry[] = [];
      let size = 0;
      for (; size < COUNTED_MAX; size++) {
        const { done, value } = apply(next, iterator, []) as IteratorResult<Entry>;
        if (done === true) break;
        if (size < ENTRIES_MAX) first.push([value[0], value[1]]);
      }
      return { kind: 'entries', name, size, entries: first };
    };
  };
}

function findNext(iterator: object): Method {
  for (let at: object | null = iterator; at !== null; at = getPrototypeOf(at) as object | null) {
    const next = ownValue(at, 'next');
    if (typeof next === 'function') return next as Method;
  }
  throw new TypeError('no iterator');
}

function url(prototype: object): Read {
  const href = findGetter(prototype, 'href');
  return (object) => ({ kind: 'text', name: 'URL', text: apply(href, object, []) as string });
}

function signal(prototype: object): Read {
  const aborted = findGetter(prototype, 'aborted');
  const reason = findGetter(prototype, 'reason');
  return (object) => {
    const isAborted = apply(aborted, object, []) as boolean;
    const why: Entry[] = isAborted ? [['reason', apply(reason, object, [])]] : [];
    return { kind: 'fields', name: 'AbortSignal', fields: [['aborted', isAborted], ...why] };
  };
}

const CLASSES: Readonly<Record<string, (prototype: object) => Read>> = {
  URL: url,
  URLSearchParams: entries('URLSearchParams'),
  Headers: entries('Headers'),
  FormData: entries('FormData'),
  Request: fields('Request', ['method', 'url', 'headers', 'bodyUsed']),
  Response: fields('Response', ['status', 'statusText', 'url', 'headers', 'bodyUsed']),
  File: fields('File', ['name', 'size', 'type']),
  Blob: fields('Blob', ['size', 'type']),
  AbortSignal: signal,
  AbortController: fields('AbortController', ['signal']),
  MessageEvent: fields('MessageEvent', ['type', 'data']),
  CustomEvent: fields('CustomEvent', ['type', 'detail']),
  Event: fields('Event', ['type']),
  ReadableStream: fields('ReadableStream', ['locked']),
  WritableStream: fields('WritableStream', ['locked']),
};

/** By the prototype of an object: how it is read, if it is of such a class. */
const readers = new WeakMap<object, Read | null>();

/**
 * The reader for objects with this prototype. Only a class that is the global one of its name counts,
 * and that is looked for only where the name fits: several of them are loaded when they are first used.
 */
function readerFor(prototype: object): Read | null {
  let at: object | null = prototype;
  for (let depth = 0; at !== null && depth < CHAIN_MAX && !isProxy(at); depth++) {
    const made = ownValue(at, 'constructor');
    const name = typeof made === 'function' ? functionName(made) : undefined;
    const make = name !== undefined && Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
    if (make !== undefined) {
      const known = (globalThis as Record<string, unknown>)[name as string];
      return known === made && ownValue(made as object, 'prototype') === at ? make(at) : null;
    }
    at = getPrototypeOf(at) as object | null;
  }
  return null;
}

function reader(object: object): Read | null {
  const prototype = getPrototypeOf(object) as object | null;
  if (prototype === null || isProxy(prototype)) return null;
  let read = readers.get(prototype);
  if (read === undefined) {
    read = readerFor(prototype);
    readers.set(prototype, read);
  }
  return read;
}

/** Whether an object is of such a class. It must not be a proxy. */
export function isWebObject(object: object): boolean {
  return reader(object) !== null;
}

/** What to show of an object of the web platform; undefined for any other. It must not be a proxy. */
export function webView(object: object): WebView | undefined {
  try {
    return reader(object)?.(object);
  } catch {
    // Made with the prototype of the class, and not an object of it.
    return undefined;
  }
}
