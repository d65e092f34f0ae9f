export {
  type AppendOptions,
  type AppendResult,
  type EventSink,
  PermanentError,
  type RejectedEvent,
  RetryAfterError,
} from '../event/event-sink.js';
export type { PipelineMetrics } from './metrics.js';
export type {
  ClickHouseSinkOptions,
  FlushOnExit,
  HubSinkOptions,
  JsonLinesOptions,
  PipelineBatch,
  PipelineOptions,
  PipelineSink,
  SinkAnswer,
  SinkFunction,
  SinkModule,
  SqliteSinkOptions,
} from './options.js';
export { type Pipeline, startPipeline, type WaitOptions } from './pipeline.js';
export { type MetricsRegistry, registerPipelineMetrics } from './prometheus.js';
