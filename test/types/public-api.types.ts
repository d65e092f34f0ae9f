// The types of the public API. Nothing here runs: test/types/types.test.ts compiles it.
import { expectTypeOf } from 'vitest';
import {
  type AttributeValue,
  type CollectorHandle,
  type CollectorOptions,
  type CollectorStats,
  Duration,
  type ExportOptions,
  type ExportResult,
  type Nanoseconds,
  type ReadResult,
  type Severity,
  Timestamp,
  TraceCollector,
  TraceError,
  type TraceErrorCode,
  type TraceEvent,
  TraceEventBuilder,
  type TraceEventInput,
  type TraceQuery,
  type TraceReader,
} from '../../src/index.js';

declare const collector: TraceCollector;

export async function usage(requestId: string, signal: AbortSignal): Promise<void> {
  new TraceCollector();
  new TraceCollector({ capacity: 100_000, maxBytes: undefined });
  collector.record({
    eventType: 'scheduling_decision',
    component: 'Scheduler',
    modelId: 'model_a',
    requestId,
    rationale: 'Selected model_a',
    severity: 'Info',
    durationNs: 45_000n,
    attributes: { wcrt_ns: '72000000', utilisation: 0.85, fits: true, none: null, n: 1n },
  });
  collector.record({
    eventType: 't',
    component: 'c',
    timestampNs: 5,
    durationNs: Duration.fromMicros(1),
  });
  collector.recordNow('admission_result', 'AdmissionController', 'below bound');
  collector.recordNow('admission_result', 'AdmissionController');
  collector.record(
    new TraceEventBuilder()
      .withType('deadline_miss')
      .withComponent('Scheduler')
      .withSeverity('Error')
      .withTimestamp(Timestamp.now())
      .withDuration(5)
      .build(),
  );
  const start = Timestamp.fromNanos(0);
  expectTypeOf(
    collector.query({ component: 'Scheduler', minSeverity: 'Warning', start, end: 5n, limit: 100 }),
  ).toEqualTypeOf<TraceEvent[]>();
  expectTypeOf(collector.query()).toEqualTypeOf<TraceEvent[]>();
  expectTypeOf(await collector.queryAsync({})).toEqualTypeOf<TraceEvent[]>();
  expectTypeOf(collector.queryByComponent('Scheduler')).toEqualTypeOf<TraceEvent[]>();
  expectTypeOf(collector.queryBySeverity('Error')).toEqualTypeOf<TraceEvent[]>();
  expectTypeOf(collector.queryByModel('model_a')).toEqualTypeOf<TraceEvent[]>();
  expectTypeOf(collector.reconstructDecisionChain(requestId)).toEqualTypeOf<TraceEvent[]>();
  expectTypeOf(
    await collector.exportJson('trace.json', {
      signal,
      onProgress: ({ eventsWritten, eventsTotal }) => void (eventsWritten / eventsTotal),
    }),
  ).toEqualTypeOf<ExportResult>();
  await collector.exportJson(new URL('file:///trace.json'));
  expectTypeOf(collector.stats()).toEqualTypeOf<CollectorStats>();
  expectTypeOf(collector.size).toBeNumber();
  expectTypeOf(collector.reader()).toEqualTypeOf<TraceReader>();
  expectTypeOf(collector.reader().read(5)).toEqualTypeOf<ReadResult>();
  expectTypeOf(TraceCollector.attach(collector.share())).toEqualTypeOf<TraceCollector>();
  expectTypeOf(collector.nativeHandle()).toBeBigInt();
  expectTypeOf(collector.clear()).toBeVoid();
  expectTypeOf(collector.close()).toBeVoid();
}

expectTypeOf<Severity>().toEqualTypeOf<'Info' | 'Warning' | 'Error' | 'Critical'>();
expectTypeOf<Nanoseconds>().toEqualTypeOf<bigint | number | Timestamp | Duration>();
expectTypeOf<AttributeValue>().toEqualTypeOf<
  string | number | bigint | boolean | null | undefined
>();
expectTypeOf<TraceEvent>().toEqualTypeOf<{
  eventId: string;
  eventType: string;
  component: string;
  timestampNs: bigint;
  durationNs: bigint;
  modelId: string;
  requestId: string;
  rationale: string;
  severity: Severity;
  attributes: Record<string, string>;
}>();
expectTypeOf<keyof CollectorStats>().toEqualTypeOf<
  | 'capacity'
  | 'size'
  | 'recorded'
  | 'dropped'
  | 'cleared'
  | 'rejected'
  | 'lastRejection'
  | 'truncated'
  | 'bytes'
  | 'fileState'
>();
expectTypeOf<keyof TraceQuery>().toEqualTypeOf<
  'start' | 'end' | 'eventType' | 'modelId' | 'component' | 'requestId' | 'minSeverity' | 'limit'
>();
/** What was read can be recorded again, and an event is what the builder makes. */
expectTypeOf<TraceEvent>().toExtend<TraceEventInput>();
expectTypeOf<keyof TraceEventInput>().toEqualTypeOf<keyof TraceEvent>();
/** All but these two may be left out. */
type RequiredOf<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];
expectTypeOf<RequiredOf<TraceEventInput>>().toEqualTypeOf<'eventType' | 'component'>();
expectTypeOf<RequiredOf<TraceQuery>>().toBeNever();
expectTypeOf<RequiredOf<CollectorOptions>>().toBeNever();
expectTypeOf<RequiredOf<ExportOptions>>().toBeNever();
expectTypeOf<TraceError['code']>().toEqualTypeOf<TraceErrorCode>();
expectTypeOf<TraceError>().toExtend<Error>();

export function refused(handle: CollectorHandle): void {
  // @ts-expect-error a component is required
  collector.record({ eventType: 't' });
  // @ts-expect-error a type is required
  collector.record({ component: 'c' });
  // @ts-expect-error no such severity
  collector.record({ eventType: 't', component: 'c', severity: 'fatal' });
  // @ts-expect-error no such field
  collector.record({ eventType: 't', component: 'c', reqestId: 'r' });
  // @ts-expect-error no text for a time
  collector.record({ eventType: 't', component: 'c', durationNs: '5' });
  // @ts-expect-error no objects in attributes
  collector.record({ eventType: 't', component: 'c', attributes: { k: {} } });
  // @ts-expect-error no such query field
  collector.query({ compnent: 'c' });
  // @ts-expect-error no such option
  new TraceCollector({ capasity: 5 });
  // @ts-expect-error a bigint is no capacity
  new TraceCollector({ capacity: 5n });
  // @ts-expect-error the name of a ring is not its handle
  TraceCollector.attach('name');
  // @ts-expect-error a handle is read-only
  handle.aegisTraceCollector = '';
  // @ts-expect-error size is read-only
  collector.size = 5;
  // @ts-expect-error times are made by fromNanos
  new Duration(5n);
  // @ts-expect-error readers are made by a collector
  expectTypeOf<typeof import('../../src/index.js')>().toHaveProperty('TraceReader');
  // @ts-expect-error no such code
  new TraceError('ERR_TRACE_NONE', '');
}
