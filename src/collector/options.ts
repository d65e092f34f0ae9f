import { integerIn, objectWith } from '../arguments.js';
import { expected } from '../errors.js';
import type { RecordingToggle } from '../event/recording-toggle.js';
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
   * When another program cuts or deletes the file, recording goes on, `stats().fileState` says so, and a process
   * warning `AEGIS_TRACE_FILE_LOST`.
   */
  file?: string | URL | undefined;
  /**
   * Ring files of earlier runs that are kept beside `file`: an integer from 0 to 1000. Default 3; 0
   * deletes the earlier one as soon as the new one stands.
   */
  keepFiles?: number | undefined;
  /**
   * Whether anything is recorded at all. Default: the toggle that `aegis-trace/register` makes when `AEGIS_TRACE_TOGGLE` is
   * `on`, else {@link TraceCollector.setRecording} says so.
   */
  toggle?: RecordingToggle | undefined;
}

const OPTION_NAMES = ['capacity', 'maxBytes', 'file', 'keepFiles', 'toggle'];
const DEFAULT_KEEP_FILES = 3;
const KEEP_FILES_MAX = 1000;

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
  toggle: RecordingToggle | undefined;
} {
  const given = objectWith(options, 'options', OPTION_NAMES) as CollectorOptions;
  const { capacity, maxBytes, file, keepFiles, toggle } = given;
  const limits = native.limits;
  return {
    capacity: integerIn(capacity, 'capacity', {
      min: 1,
      max: limits.maxCapacity,
      fallback: limits.defaultCapacity,
    }),
    maxBytes:
      maxBytes === undefined
        ? 0
        : integerIn(maxBytes, 'maxBytes', { min: limits.minRingBytes, max: limits.maxRingBytes }),
    file: file === undefined ? undefined : checkPath(file, 'file'),
    keepFiles: integerIn(keepFiles, 'keepFiles', {
      min: 0,
      max: KEEP_FILES_MAX,
      fallback: DEFAULT_KEEP_FILES,
    }),
    toggle: checkToggle(toggle),
  };
}

function checkToggle(toggle: RecordingToggle | undefined): RecordingToggle | undefined {
  if (toggle === undefined) return undefined;
  const { isTracingEnabled, onChange } = toggle ?? {};
  if (typeof isTracingEnabled === 'function' && typeof onChange === 'function') return toggle;
  throw expected('ERR_TRACE_OPTION', 'toggle', 'what createToggle() gives', toggle);
}
