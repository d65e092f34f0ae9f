// A user's TypeScript, compiled strictly against the installed package; never run.

import {
  type Severity,
  TraceCollector,
  TraceError,
  type TraceEvent,
  TraceEventBuilder,
} from 'aegis-trace';

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

// @ts-expect-error a capacity is a number: types that accept anything would pass everything above
new TraceCollector({ capacity: 'many' });
