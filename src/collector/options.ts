import { expected } from '../errors.js';
import { native } from './binding.js';

export interface CollectorOptions {
  /**
   * Events kept: an integer from 1 to 2^28. Default 10 000. Memory is taken as the ring fills, so
   * that a large capacity costs nothing until it is used.
   */
  capacity?: number | undefined;
  /**
   * Ring memory at most, in bytes, from 128 KiB to 1 TiB. Default 512 times the capacity, but no
   * less than 128 KiB. When events are so large that this bound is reached before the capacity, the
   * oldest go early: a lower bound saves memory, a higher one keeps more of large events.
   */
  maxBytes?: number | undefined;
}

const OPTION_NAMES = ['capacity', 'maxBytes'];

function integerBetween(value: unknown, min: number, max: number, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  throw expected('ERR_TRACE_OPTION', name, `an integer from ${min} to ${max}`, value);
}

/**
 * Sees to it that `options` is an object with none but the named options.
 *
 * @throws TraceError `ERR_TRACE_OPTION`.
 */
export function requireOptionNames(options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw expected('ERR_TRACE_OPTION', 'options', 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw expected('ERR_TRACE_OPTION', 'an option', `one of ${names.join(', ')}`, name);
  }
}

/**
 * Checks what a constructor was given.
 *
 * @returns capacity, and bytes with 0 for the default.
 * @throws TraceError `ERR_TRACE_OPTION`.
 */
export function checkOptions(options: unknown): { capacity: number; maxBytes: number } {
  requireOptionNames(options, OPTION_NAMES);
  const { capacity, maxBytes } = options as CollectorOptions;
  const limits = native.limits;
  return {
    capacity:
      capacity === undefined
        ? limits.defaultCapacity
        : integerBetween(capacity, 1, limits.maxCapacity, 'capacity'),
    maxBytes:
      maxBytes === undefined
        ? 0
        : integerBetween(maxBytes, limits.minRingBytes, limits.maxRingBytes, 'maxBytes'),
  };
}
