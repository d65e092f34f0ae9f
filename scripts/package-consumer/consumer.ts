// A user's TypeScript, compiled strictly against the installed package; never run.

import {
  type Severity,
  TraceCollector,
  TraceError,
  type TraceEvent,
  TraceEventBuilder,
} from 'aegis-trace';
import { getOperationId, operation } from 'aegis-trace/context';
import { monitor } from 'aegis-trace/monitor';
import {
  type EventSink,
  type Pipeline,
  type PipelineMetrics,
  registerPipelineMetrics,
  startPipeline,
} from 'aegis-trace/pipeline';
import { type EventStore, SqliteStore, type StoredEvent } from 'aegis-trace/store';

const collector: TraceCollector = new TraceCollector({ capacity: 100 });
collector.record({ eventType: 'scheduling_decision', component: 'Scheduler', durationNs: 45_000n });
collector.record(
  new TraceEventBuilder()
    .withType('deadline_miss')
    .withComponent('Scheduler')
    .withSeverity('Error')
    .build(),
);
const minSeverity: Severity = 'Warning';
const events: TraceEvent[] = collector.query({ component: 'Scheduler', minSeverity, limit: 100 });
export const types: string[] = events.map((event) => event.eventType);
export const durations: bigint[] = events.map((event) => event.durationNs);
export const code = (error: unknown): string => (error instanceof TraceError ? error.code : '');

const pipeline: Pipeline = await startPipeline({ collector, sink: { sqlite: { path: 'a.db' } } });
export const backlog: PipelineMetrics['backlog'] = pipeline.metrics().backlog;
export const isStored: boolean = await pipeline.close({ timeoutMs: 100 });
const store: EventStore = await SqliteStore.open({ path: 'a.db', retentionMs: 60_000 });
export const page: readonly StoredEvent[] = (await store.query({ status: 'ERR' })).events;
export const sink: EventSink = {
  append: async (_, batch) => ({ inserted: batch.length, duplicates: 0, rejected: [] }),
  close: async () => {},
};
export const place: (n: number) => string = monitor({ processGroup: 'gpu' })((n: number) => `${n}`);
export const tick: () => string | undefined = operation('tick', () => getOperationId());
export const register: unknown = registerPipelineMetrics;

// @ts-expect-error a sink is one of those there are
await startPipeline({ collector, sink: { postgres: {} } });
// @ts-expect-error a capacity is a number: types that accept anything would pass everything above
new TraceCollector({ capacity: 'many' });
