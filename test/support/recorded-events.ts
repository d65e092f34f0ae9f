import { randomUUID } from 'node:crypto';
import type { ClockAnchor } from '../../src/event/clock.js';
import type { RecordedEvent, RunInfo } from '../../src/event/recorded-event.js';
import type { TraceEvent } from '../../src/event/trace-event.js';

/** 2026-07-31T14:23:45.200Z */
export const WALL_NS = 1_785_507_825_200_000_000n;
const NANOS_PER_MILLI = 1_000_000n;

/** Where the steady clock stands at {@link WALL_NS}. */
export const STEADY_NS = 1_000_000_000n;

/** A run whose steady clock began 1 s before {@link WALL_NS}, with one anchor unless they are given. */
export function makeRun({
  steadyNs = STEADY_NS,
  wallNs = WALL_NS,
  ...run
}: Partial<RunInfo & ClockAnchor> = {}): RunInfo {
  return { run: randomUUID(), pid: 4711, anchors: [{ steadyNs, wallNs }], ...run };
}

/** The event of a place; its time is so many milliseconds after the run's instant. */
export function makeRecorded(
  sequence: number,
  { lane = 0, ms = sequence, ...event }: Partial<TraceEvent> & { lane?: number; ms?: number } = {},
): RecordedEvent {
  return {
    lane,
    sequence,
    event: {
      eventId: randomUUID(),
      eventType: 'scheduling_decision',
      component: 'Scheduler',
      timestampNs: STEADY_NS + BigInt(ms) * NANOS_PER_MILLI,
      durationNs: 45_000n,
      modelId: 'model_a',
      requestId: '',
      rationale: `decision ${sequence}`,
      severity: 'Info',
      attributes: {},
      ...event,
    },
  };
}

/** So many events of one lane, a millisecond apart. */
export function makeEvents(
  count: number,
  more: (index: number) => Parameters<typeof makeRecorded>[1] = () => ({}),
): RecordedEvent[] {
  return Array.from({ length: count }, (_, index) => makeRecorded(index, more(index)));
}
