import { types } from 'node:util';
import { ANY_FIELD, masks } from '../../masking/field-name.js';
import { MASK } from '../../masking/mask.js';
import { holdsNamedSecret, isSensitiveName, isValueKey } from '../../masking/named-pair.js';
import type { SensitiveFields } from '../../masking/sensitive-fields.js';
import { errorText, isError } from '../../thrown.js';
import type { KeyBudget } from './budget.js';
import {
  dateMillis,
  firstOfMap,
  firstOfSet,
  isProxy,
  mapLength,
  ownValue,
  setLength,
} from './safe-read.js';
import { SmartText } from './smart-text.js';
import { isWebObject } from './web-objects.js';

/** Levels copied; what lies deeper is one text. */
const LEVELS_MAX = 6;
/** What a value counts against the length beside its name and characters: separators, a number. */
const VALUE_COST = 4;

/** What tells why, though an error does not show it. */
function hiddenInError(error: object): string[] {
  const own = (key: string) => Object.getOwnPropertyDescriptor(error, key);
  const isRead = (key: string) => own(key) === undefined && errorText(error, key) !== undefined;
  return ['name', 'message', 'cause', 'errors'].filter(
    (key) => own(key)?.enumerable === false || isRead(key),
  );
}

/**
 * A copy of a value in plain objects, arrays and primitives, masked, bounded, and safe to hand to
 * `JSON.stringify` and `util.inspect`, neither of which could do the same without running the
 * value's own code. Everything else in it is the text that {@link SmartText} makes of it.
 *
 * @param length - characters of the text that will be made of it; not much more is copied.
 */
export function plainView(
  value: unknown,
  sensitive: SensitiveFields,
  budget: KeyBudget,
  form: 'inspect' | 'json',
  length: number,
): unknown {
  const smart = new SmartText(sensitive, budget);
  const open: object[] = [];
  /** Characters that the text may still have, about. */
  let left = length;

  const write = (item: unknown): string => {
    const text = smart.write(item, Math.max(1, left));
    left -= text.length;
    return text;
  };

  const leaf = (item: unknown): unknown => {
    const isPlain = item === null || typeof item === 'boolean' || typeof item === 'number';
    if (isPlain || item === undefined) return item;
    if (form === 'inspect' && typeof item === 'symbol') return write(item);
    if (typeof item === 'bigint' && form === 'json') return write(item).slice(0, -1);
    return write(item);
  };
  const mask = (): string => {
    left -= VALUE_COST + MASK.length;
    return MASK;
  };
  const member = (name: unknown, item: unknown): unknown =>
    isSensitiveName(name, sensitive, item) && item !== undefined ? mask() : copy(item);
  /** As many copies as there is room for, of `size` in all. */
  const list = <T>(
    items: readonly T[],
    size: number,
    make: (item: T, index: number) => unknown,
  ) => {
    const copies: unknown[] = [];
    for (const item of items) {
      if (left <= 0) break;
      copies.push(make(item, copies.length));
    }
    if (size > copies.length) copies.push(`+${size - copies.length} more`);
    return copies;
  };
  const elements = (array: readonly unknown[]): unknown[] => {
    const items: unknown[] = [];
    for (let i = 0; i < array.length && i * VALUE_COST < left; i++) items.push(ownValue(array, i));
    // Raw headers, entries and argv hold a name and then its value.
    return list(items, array.length, (item, i) => member(i > 0 ? items[i - 1] : undefined, item));
  };
  const properties = (object: object): unknown => {
    const names = Object.keys(object);
    budget.spend(object, names.length);
    const copied: Record<string, unknown> = {};
    const hasSecret = holdsNamedSecret(object, sensitive);
    let shown = 0;
    for (const name of isError(object) ? [...hiddenInError(object), ...names] : names) {
      if (left <= 0) break;
      shown++;
      left -= name.length;
      const descriptor = Object.getOwnPropertyDescriptor(object, name);
      const isAccessor = descriptor?.get !== undefined || descriptor?.set !== undefined;
      const value = descriptor === undefined ? errorText(object, name) : descriptor.value;
      // The value of `{ name: 'password', value }` is named by the other.
      const isNamed = hasSecret && isValueKey(name) && masks(ANY_FIELD, value);
      const item = isAccessor ? '[Getter]' : isNamed ? mask() : member(name, value);
      // Assignment would set the prototype.
      Object.defineProperty(copied, sensitive.of(name).shown, {
        value: item,
        enumerable: true,
        configurable: true,
      });
    }
    if (shown < names.length) copied['…'] = `+${names.length - shown} more`;
    return copied;
  };
  const opened = (object: object): unknown => {
    if (Array.isArray(object)) return elements(object);
    // An entry of which nothing is copied yet takes two values, or one.
    if (types.isMap(object)) {
      const entries = firstOfMap(object, Math.ceil(left / (2 * VALUE_COST)));
      return list(entries, mapLength(object), ([key, item]) => [copy(key), member(key, item)]);
    }
    if (types.isSet(object)) {
      return list(firstOfSet(object, Math.ceil(left / VALUE_COST)), setLength(object), copy);
    }
    return properties(object);
  };
  const copy = (item: unknown): unknown => {
    left -= VALUE_COST;
    if (typeof item !== 'object' || item === null || isProxy(item)) return leaf(item);
    if (types.isDate(item)) {
      const millis = dateMillis(item);
      return Number.isNaN(millis) ? null : new Date(millis).toISOString();
    }
    const isAtom = types.isArrayBufferView(item) || types.isAnyArrayBuffer(item);
    if (isAtom || types.isRegExp(item) || types.isPromise(item)) return leaf(item);
    if (types.isModuleNamespaceObject(item) || isWebObject(item)) return leaf(item);
    if (open.includes(item)) return '[Circular]';
    if (left <= 0 || open.length === LEVELS_MAX || !budget.mayRead(item)) return leaf(item);
    open.push(item);
    try {
      return opened(item);
    } finally {
      open.pop();
    }
  };
  return copy(value);
}
