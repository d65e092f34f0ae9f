export { DEFAULT_SENSITIVE_FIELDS } from '../masking/sensitive-fields.js';
export {
  type AutoInstrumentOptions,
  autoInstrument,
  type FunctionPattern,
} from './auto-instrument.js';
export { setDefaultCollector } from './default-collector.js';
export { TraceCalls, TraceErrors, TraceTime } from './legacy.js';
export { type AnyClass, type Monitor, type MonitorContext, monitor } from './monitor.js';
export { type MonitorStats, monitorStats } from './monitor-stats.js';
export { type OpenOperation, openOperations } from './open-operations.js';
export type { CallRecorder, CaptureOptions, CustomSerializer, MonitorOptions } from './options.js';
export type { AnyFunction } from './wrap-function.js';
