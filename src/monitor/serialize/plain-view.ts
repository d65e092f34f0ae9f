import { types } from 'node:util';
import type { KeyBudget } from './budget.js';
import { dateMillis, firstOfMap, firstOfSet, isProxy, ownValue } from './safe-read.js';
import { MASK, type SensitiveFields } from './sensitive-fields.js';
import { isSensitiveName, SmartText } from './smart-text.js';

/** Levels copied; what lies deeper is one text. */
const LEVELS_MAX = 6;
/** Values copied for one view. */
const VALUES_MAX = 500;
/** Characters of one string in it. */
const STRING_MAX = 1024;

/**
 * A copy of a value in plain objects, arrays and primitives, masked, bounded, and safe to hand to
 * `JSON.stringify` and `util.inspect`, neither of which could do the same without running the
 * value's own code. Everything else in it is the text that {@link SmartText} makes of it.
 */
export function plainView(
  value: unknown,
  sensitive: SensitiveFields,
  budget: KeyBudget,
  form: 'inspect' | 'json',
): unknown {
  const smart = new SmartText(sensitive, budget);
  const open: object[] = [];
  let left = VALUES_MAX;

  const leaf = (item: unknown): unknown => {
    const isPlain = item === null || typeof item === 'boolean' || typeof item === 'number';
    if (isPlain || item === undefined) return item;
    if (form === 'inspect' && typeof item === 'symbol') return smart.write(item, STRING_MAX);
    if (typeof item === 'bigint' && form === 'json')
      return smart.write(item, STRING_MAX).slice(0, -1);
    return smart.write(item, STRING_MAX);
  };
  const member = (name: unknown, item: unknown): unknown =>
    isSensitiveName(name, sensitive, item) && item !== undefined ? MASK : copy(item);
  const list = (items: readonly unknown[], length: number): unknown[] => {
    const copies = items.map((item, i) => member(i > 0 ? items[i - 1] : undefined, item));
    if (length > items.length) copies.push(`+${length - items.length} more`);
    return copies;
  };
  const elements = (array: readonly unknown[]): unknown[] => {
    const items: unknown[] = [];
    for (let i = 0; i < array.length && i < left; i++) items.push(ownValue(array, i));
    return list(items, array.length);
  };
  const properties = (object: object): unknown => {
    const names = Object.keys(object);
    budget.spend(object, names.length);
    const copied: Record<string, unknown> = {};
    let shown = 0;
    for (const name of types.isNativeError(object) ? ['name', 'message', ...names] : names) {
      if (left <= 0) break;
      shown++;
      const descriptor = Object.getOwnPropertyDescriptor(object, name);
      if (descriptor === undefined && name !== 'name') continue;
      const isAccessor = descriptor?.get !== undefined || descriptor?.set !== undefined;
      const item = isAccessor
        ? '[Getter]'
        : member(name, descriptor?.value ?? ownValue(object, name));
      // Assignment would set the prototype.
      Object.defineProperty(copied, name, { value: item, enumerable: true, configurable: true });
    }
    if (shown < names.length) copied['…'] = `+${names.length - shown} more`;
    return copied;
  };
  const opened = (object: object): unknown => {
    if (Array.isArray(object)) return elements(object);
    if (types.isMap(object)) {
      const entries = firstOfMap(object, left);
      return entries.map(([key, item]) => [copy(key), member(key, item)]);
    }
    if (types.isSet(object)) return firstOfSet(object, left).map(copy);
    return properties(object);
  };
  const copy = (item: unknown): unknown => {
    left--;
    if (typeof item !== 'object' || item === null || isProxy(item)) return leaf(item);
    if (types.isDate(item)) {
      const millis = dateMillis(item);
      return Number.isNaN(millis) ? null : new Date(millis).toISOString();
    }
    const isAtom = types.isArrayBufferView(item) || types.isAnyArrayBuffer(item);
    if (isAtom || types.isRegExp(item) || types.isPromise(item)) return leaf(item);
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
