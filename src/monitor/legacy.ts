import { warn } from '../warnings.js';
import { type Monitor, monitor } from './monitor.js';
import type { MonitorOptions } from './options.js';

const warned = new Set<string>();

function deprecated(name: string, instead: string): void {
  if (warned.has(name)) return;
  warned.add(name);
  const message = `${name} is deprecated: use ${instead} of aegis-trace/monitor.`;
  warn('AEGIS_TRACE_LEGACY', message, 'DeprecationWarning');
}

/** @deprecated Use {@link monitor} with `capture: false`. Records how long calls take. */
export function TraceTime(options: MonitorOptions = {}): Monitor {
  deprecated('TraceTime', 'monitor({ capture: false })');
  return monitor({ capture: false, ...options });
}

/** @deprecated Use {@link monitor}. Records calls with their arguments and results. */
export function TraceCalls(options: MonitorOptions = {}): Monitor {
  deprecated('TraceCalls', 'monitor()');
  return monitor(options);
}

/** @deprecated Use {@link monitor} with `sampleRate: 0`. Records the calls that fail. */
export function TraceErrors(options: MonitorOptions = {}): Monitor {
  deprecated('TraceErrors', 'monitor({ sampleRate: 0 })');
  return monitor({ sampleRate: 0, ...options });
}
