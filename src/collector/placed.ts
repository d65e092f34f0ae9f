import { expected } from '../errors.js';
import type { RunInfo } from '../event/placed-event.js';
import type { NativeOwner } from './binding.js';

export function runInfo([run, pid, steadyNs, wallNs]: NativeOwner): RunInfo {
  return { run, pid, anchors: [{ steadyNs, wallNs }] };
}

/** @throws TraceError `ERR_TRACE_OPTION`. */
export function checkCount(maxEvents: number): void {
  if (Number.isSafeInteger(maxEvents) && maxEvents >= 0) return;
  throw expected('ERR_TRACE_OPTION', 'maxEvents', 'an integer of 0 or more', maxEvents);
}
