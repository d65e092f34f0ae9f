import type { Severity } from '../event/severity.js';
import type { TraceEvent } from '../event/trace-event.js';
import { DURATION_ERROR_MAX, DurationHistogram } from './duration-histogram.js';
import { HeavyHitters } from './heavy-hitters.js';

/** Where events come from: an export, a ring, a store, an array. */
export type EventSource = AsyncIterable<TraceEvent> | Iterable<TraceEvent>;

/** What a summary takes of an event. */
export type SummaryEvent = Pick<
  TraceEvent,
  'component' | 'eventType' | 'severity' | 'timestampNs' | 'durationNs' | 'requestId'
>;

/** Events by severity. */
export type SeverityCounts = Record<Severity, number>;

/** All events of one component and type. */
export interface GroupSummary {
  component: string;
  eventType: string;
  count: number;
  /** Per second of the whole trace's span; undefined when the span is 0. */
  ratePerSecond: number | undefined;
  /** Nanoseconds; percentiles within {@link TraceSummary.durationErrorMax}, min and max exact. */
  duration: { minNs: bigint; p50Ns: bigint; p95Ns: bigint; p99Ns: bigint; maxNs: bigint };
  severities: SeverityCounts;
}

/** A request with many events: the true count is from `eventsMin` to `eventsMax`. */
export interface BusyRequest {
  requestId: string;
  eventsMin: number;
  eventsMax: number;
}

/** What {@link summarize} returns. */
export interface TraceSummary {
  events: number;
  /** The earliest and the latest timestamp, steady nanoseconds; undefined without events. */
  firstNs: bigint | undefined;
  lastNs: bigint | undefined;
  /** From the first to the last, nanoseconds. */
  spanNs: bigint;
  severities: SeverityCounts;
  /** Most events first. */
  groups: GroupSummary[];
  /** Events in none of `groups`, because there were more than {@link GROUPS_MAX}. */
  ungroupedEvents: number;
  /** How far a percentile may be off, relative to the true value. */
  durationErrorMax: number;
  /** Most events first, at most `busiestMax`. */
  busiestRequests: BusyRequest[];
  /** Different request ids: exactly, or only "more than so many". */
  requests: { count: number; exact: boolean };
}

/** Pairs of component and type that are told apart; a name made of an id would fill any memory. */
export const GROUPS_MAX = 1_024;
/** Request ids that are counted exactly; beyond that the busiest are approximate. */
export const REQUESTS_MAX = 200_000;
/** The same when ids are long: 200 000 have room up to 40 characters each. */
const REQUEST_CHARACTERS_MAX = 40 * REQUESTS_MAX;
// No recorder writes a longer one; what is in a file may have been made to fill memory.
const NAME_CHARACTERS_MAX = 256;
const BUSIEST_DEFAULT = 10;
const NANOS_PER_SECOND = 1e9;

/**
 * Summarises events in one pass and bounded memory (about 150 MB at worst), in any order of events.
 *
 * @param options.busiestMax - busiest requests to return. Default: 10.
 * @throws whatever the source throws.
 */
export async function summarize(
  events: AsyncIterable<SummaryEvent> | Iterable<SummaryEvent>,
  options: { busiestMax?: number | undefined } = {},
): Promise<TraceSummary> {
  const groups = new GroupTable();
  const requests = new HeavyHitters(REQUESTS_MAX, REQUEST_CHARACTERS_MAX);
  const severities = noSeverities();
  let count = 0;
  let firstNs: bigint | undefined;
  let lastNs: bigint | undefined;
  for await (const event of events) {
    count++;
    const { timestampNs } = event;
    if (firstNs === undefined || timestampNs < firstNs) firstNs = timestampNs;
    if (lastNs === undefined || timestampNs > lastNs) lastNs = timestampNs;
    severities[event.severity]++;
    groups.add(event);
    if (event.requestId !== '') requests.add(shortened(event.requestId));
  }
  const spanNs = firstNs === undefined || lastNs === undefined ? 0n : lastNs - firstNs;
  return {
    events: count,
    firstNs,
    lastNs,
    spanNs,
    severities,
    groups: groups.summaries(spanNs),
    ungroupedEvents: groups.ungroupedEvents,
    durationErrorMax: DURATION_ERROR_MAX,
    busiestRequests: requests.top(options.busiestMax ?? BUSIEST_DEFAULT).map((request) => ({
      requestId: request.item,
      eventsMin: request.countMin,
      eventsMax: request.countMax,
    })),
    requests: { count: requests.size, exact: requests.exact },
  };
}

interface Group {
  component: string;
  eventType: string;
  durations: DurationHistogram;
  severities: SeverityCounts;
}

class GroupTable {
  readonly #byComponent = new Map<string, Map<string, Group>>();
  readonly #groups: Group[] = [];
  ungroupedEvents = 0;

  add(event: SummaryEvent): void {
    const group = this.#find(shortened(event.component), shortened(event.eventType));
    if (group === undefined) {
      this.ungroupedEvents++;
      return;
    }
    group.durations.add(event.durationNs);
    group.severities[event.severity]++;
  }

  summaries(spanNs: bigint): GroupSummary[] {
    const seconds = Number(spanNs) / NANOS_PER_SECOND;
    const summaries = this.#groups.map(
      ({ component, eventType, durations, severities }): GroupSummary => ({
        component,
        eventType,
        count: durations.count,
        ratePerSecond: seconds > 0 ? durations.count / seconds : undefined,
        duration: {
          minNs: durations.minNs,
          p50Ns: durations.percentileNs(0.5),
          p95Ns: durations.percentileNs(0.95),
          p99Ns: durations.percentileNs(0.99),
          maxNs: durations.maxNs,
        },
        severities,
      }),
    );
    return summaries.sort((a, b) => b.count - a.count);
  }

  #find(component: string, eventType: string): Group | undefined {
    let byType = this.#byComponent.get(component);
    const found = byType?.get(eventType);
    if (found !== undefined || this.#groups.length >= GROUPS_MAX) return found;
    if (byType === undefined) {
      byType = new Map();
      this.#byComponent.set(component, byType);
    }
    const durations = new DurationHistogram();
    const group = { component, eventType, durations, severities: noSeverities() };
    byType.set(eventType, group);
    this.#groups.push(group);
    return group;
  }
}

function shortened(name: string): string {
  return name.length > NAME_CHARACTERS_MAX ? `${name.slice(0, NAME_CHARACTERS_MAX)}…` : name;
}

function noSeverities(): SeverityCounts {
  return { Info: 0, Warning: 0, Error: 0, Critical: 0 };
}
