import { type Anchored, firstSteadyNsOf } from '../event/clock.js';
import type { Severity } from '../event/severity.js';
import type { TraceEvent } from '../event/trace-event.js';

/** A line of a logger, as pino writes it in JSON: `time` in milliseconds since 1970, with fractions or without. */
export interface StoryLine {
  readonly level: number;
  readonly time: number;
  readonly name: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** One thing that happened to a request. */
export interface StoryStep {
  /** A call that monitor() has recorded or a span, any other event, or a line of a log. */
  readonly kind: 'call' | 'decision' | 'log';
  /** On the steady clock, nanoseconds; of a call, its start. */
  readonly atNs: bigint;
  /** Of a call, its end; else the same. */
  readonly endNs: bigint;
  readonly component: string;
  /** In the tree of calls; 0 for what is in none. */
  readonly depth: number;
  readonly severity: Severity;
  /** What was recorded; undefined for a line. */
  readonly event: TraceEvent | undefined;
  readonly line: StoryLine | undefined;
}

/** A call that monitor() has recorded, and a span of OpenTelemetry. */
const CALLS: ReadonlySet<string> = new Set(['function_call', 'span']);
/** Of pino's levels the first that is a warning, and the first that is an error. */
const LEVEL_WARNING = 40;
const LEVEL_ERROR = 50;

/**
 * Tells what happened to one request in the order in which it happened: its calls, each under the call that made it,
 * its decisions and its log lines, each in the innermost call of its component that was under way.
 *
 * @param chain - the events of the request, in the order of time.
 * @param clock - places the lines, which have wall times, on the steady clock of the events.
 */
export function storyOf(
  chain: readonly TraceEvent[],
  lines: readonly StoryLine[],
  clock: Anchored,
): StoryStep[] {
  const calls = callSteps(chain);
  const others = [
    ...chain.filter(({ eventType }) => !CALLS.has(eventType)).map(decisionStep),
    ...lines.map((line) => logStep(line, clock)),
  ].map((step) => ({ ...step, depth: depthWithin(calls, step) }));
  return [...calls, ...others].sort((a, b) => (a.atNs < b.atNs ? -1 : a.atNs > b.atNs ? 1 : 0));
}

/** Within the call that it names, as an event of a span does, else within those of its component that were under way. */
function depthWithin(calls: readonly StoryStep[], { component, atNs, event }: StoryStep): number {
  const within = event?.attributes.within_event_id;
  let depth = 0;
  for (const call of calls) {
    if (within !== undefined && call.event?.eventId === within) return call.depth + 1;
    if (call.component !== component || call.atNs > atNs || call.endNs < atNs) continue;
    depth = Math.max(depth, call.depth + 1);
  }
  return depth;
}

/** Calls by start, each as deep as its parents are many. */
function callSteps(chain: readonly TraceEvent[]): StoryStep[] {
  const calls = chain.filter(({ eventType }) => CALLS.has(eventType));
  const byId = new Map(calls.map((event) => [event.eventId, event]));
  const depths = new Map<string, number>();
  // Where clocks are coarse a parent may stand after its child.
  const depthOf = (event: TraceEvent): number => {
    const known = depths.get(event.eventId);
    if (known !== undefined) return known;
    depths.set(event.eventId, 0); // in a circle, which only a damaged file has, somebody is first
    const parent = byId.get(event.attributes.parent_event_id ?? '');
    const depth = parent === undefined ? 0 : depthOf(parent) + 1;
    depths.set(event.eventId, depth);
    return depth;
  };
  return calls.map((event) => ({
    kind: 'call',
    atNs: event.timestampNs,
    endNs: event.timestampNs + event.durationNs,
    component: event.component,
    depth: depthOf(event),
    severity: event.severity,
    event,
    line: undefined,
  }));
}

function decisionStep(event: TraceEvent): StoryStep {
  const { timestampNs: atNs, component, severity } = event;
  return {
    kind: 'decision',
    atNs,
    endNs: atNs,
    component,
    depth: 0,
    severity,
    event,
    line: undefined,
  };
}

function logStep(line: StoryLine, clock: Anchored): StoryStep {
  // Whole milliseconds and the rest apart: as nanoseconds a number has not enough digits.
  const millis = Math.floor(line.time);
  const wallNs = BigInt(millis) * 1_000_000n + BigInt(Math.round((line.time - millis) * 1e6));
  const atNs = firstSteadyNsOf(clock, wallNs);
  const severity =
    line.level >= LEVEL_ERROR ? 'Error' : line.level >= LEVEL_WARNING ? 'Warning' : 'Info';
  return {
    kind: 'log',
    atNs,
    endNs: atNs,
    component: line.name,
    depth: 0,
    severity,
    event: undefined,
    line,
  };
}
