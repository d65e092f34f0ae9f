import { types } from 'node:util';
import {
  bufferLength,
  classNameOf,
  isProxy,
  mapLength,
  setLength,
  typedArrayLength,
  typedArrayName,
} from './safe-read.js';

/**
 * Type and size of a value, and nothing of what is in it: `[string of 12]`, `[Array of 3]`, `[User]`.
 * What has only a few values shows which one: `true`, `null`, `undefined`.
 */
export function shapeOf(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'string') return `[string of ${value.length}]`;
  if (typeof value !== 'object') return `[${typeof value}]`;
  if (isProxy(value)) return '[Proxy]';
  if (Array.isArray(value)) return `[Array of ${value.length}]`;
  if (types.isTypedArray(value)) return `[${typedArrayName(value)} of ${typedArrayLength(value)}]`;
  if (types.isAnyArrayBuffer(value)) return `[ArrayBuffer of ${bufferLength(value)}]`;
  if (types.isMap(value)) return `[Map of ${mapLength(value)}]`;
  if (types.isSet(value)) return `[Set of ${setLength(value)}]`;
  return `[${classNameOf(value) ?? 'Object'}]`;
}
