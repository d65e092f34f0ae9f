export type { PipelineMetrics } from './metrics.js';
export type {
  FlushOnExit,
  JsonLinesOptions,
  PipelineBatch,
  PipelineOptions,
  PipelineSink,
  SinkFunction,
  SinkModule,
  SqliteSinkOptions,
} from './options.js';
export { type Pipeline, startPipeline, type WaitOptions } from './pipeline.js';
export { type MetricsRegistry, registerPipelineMetrics } from './prometheus.js';
export type { AppendResult, EventSink } from './sinks/event-sink.js';
