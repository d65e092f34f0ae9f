import { expected } from '../errors.js';
import type { ClockAnchor } from '../event/clock.js';
import type { RunInfo } from '../event/recorded-event.js';
import type { NativeOwner } from './binding.js';

export function runInfo([run, pid, ...times]: NativeOwner): RunInfo {
  const anchors: ClockAnchor[] = [];
  for (let at = 0; at < times.length; at += 2) {
    anchors.push({ steadyNs: times[at] as bigint, wallNs: times[at + 1] as bigint });
  }
  return { run, pid, anchors };
}

/** @throws TraceError `ERR_TRACE_OPTION`. */
export function checkCount(maxEvents: number): void {
  if (Number.isSafeInteger(maxEvents) && maxEvents >= 0) return;
  throw expected('ERR_TRACE_OPTION', 'maxEvents', 'an integer of 0 or more', maxEvents);
}
