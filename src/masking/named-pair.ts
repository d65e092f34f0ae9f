import type { SensitiveFields } from './sensitive-fields.js';

// `{ name: 'password', value: '…' }`: a field that is named by the value of another.

/** What the field with the name is called, and the one with the value. */
const NAME_KEYS = new Set(['name', 'key', 'field', 'header', 'param', 'parameter', 'label', 'id']);
const VALUE_KEYS = new Set(['value', 'val', 'content']);
/** A longer string is no name that somebody chose. */
const NAME_LENGTH_MAX = 64;

export function isNameKey(key: string): boolean {
  return NAME_KEYS.has(key);
}

export function isValueKey(key: string): boolean {
  return VALUE_KEYS.has(key);
}

/** Whether something is the name of a sensitive field, so that its value is to be masked. */
export function isSensitiveName(
  name: unknown,
  sensitive: SensitiveFields,
  value?: unknown,
): boolean {
  return typeof name === 'string' && name.length <= NAME_LENGTH_MAX && sensitive.has(name, value);
}

const { getOwnPropertyDescriptor, hasOwn } = Object;

/**
 * Whether another field of the object names a secret, so that what {@link isValueKey} is to be masked.
 * Runs no code of the object, which must not be a proxy.
 */
export function holdsNamedSecret(object: object, sensitive: SensitiveFields): boolean {
  let hasValue = false;
  for (const key of VALUE_KEYS) hasValue ||= hasOwn(object, key);
  if (!hasValue) return false;
  for (const key of NAME_KEYS) {
    if (isSensitiveName(getOwnPropertyDescriptor(object, key)?.value, sensitive)) return true;
  }
  return false;
}
