import { expected } from '../errors.js';
import { native } from './binding.js';
import { checkPath } from './path.js';

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
  /**
   * Where the ring lives, so that it outlasts the process: the path or file: URL of a file on a local
   * file system, by convention `*.ring`. All of `maxBytes` is reserved there at once, mode 0600; its
   * folder is made if it is missing. A ring file that is there already is kept as FILE.1, that one as
   * FILE.2, and so on. Default: in memory, gone with the process. `recoverRing` reads what is left.
   */
  file?: string | URL | undefined;
  /**
   * Ring files of earlier runs that are kept beside `file`: an integer from 0 to 1000. Default 3; 0
   * deletes the earlier one as soon as the new one stands.
   */
  keepFiles?: number | undefined;
}

const OPTION_NAMES = ['capacity', 'maxBytes', 'file', 'keepFiles'];
const DEFAULT_KEEP_FILES = 3;
const KEEP_FILES_MAX = 1000;

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
 * @returns capacity, bytes with 0 for the default, and the file, undefined for memory.
 * @throws TraceError `ERR_TRACE_OPTION`.
 */
export function checkOptions(options: unknown): {
  capacity: number;
  maxBytes: number;
  file: string | undefined;
  keepFiles: number;
} {
  requireOptionNames(options, OPTION_NAMES);
  const { capacity, maxBytes, file, keepFiles } = options as CollectorOptions;
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
    file: file === undefined ? undefined : checkPath(file, 'file'),
    keepFiles:
      keepFiles === undefined
        ? DEFAULT_KEEP_FILES
        : integerBetween(keepFiles, 0, KEEP_FILES_MAX, 'keepFiles'),
  };
}
