import { type CallRecorder, checkCollector } from './options.js';

let current: CallRecorder | undefined;

/**
 * Sets the collector of every monitored function that was given none, also of those wrapped before.
 * Without one, or after `setDefaultCollector(undefined)`, such calls are not recorded. For this
 * thread: in a worker, set what `TraceCollector.attach()` returned.
 *
 * @throws TraceError `ERR_TRACE_OPTION` for anything that has no `record`.
 */
export function setDefaultCollector(collector: CallRecorder | undefined): void {
  current = checkCollector(collector);
}

export function defaultCollector(): CallRecorder | undefined {
  return current;
}
