import { inTimeOrder } from '../analysis/time-order.js';
import type { EventFilter, SteadyRange } from '../event/event-filter.js';
import { eventMatcher } from '../event/event-matcher.js';
import type { TraceEvent } from '../event/trace-event.js';
import type { TraceExtent, TraceHead, TraceSize, TraceSource } from './trace-source.js';

/** A source that has no index: whatever is asked of it takes a pass over all events. */
export abstract class ScannedSource implements TraceSource {
  abstract head(): Promise<TraceHead>;
  abstract size(): Promise<TraceSize>;
  /** Begins a pass over all events, in the order of the file. */
  abstract events(): AsyncIterable<TraceEvent>;

  async extent(): Promise<TraceExtent | undefined> {
    let firstNs: bigint | undefined;
    let lastNs: bigint | undefined;
    for await (const { timestampNs } of this.events()) {
      if (firstNs === undefined || timestampNs < firstNs) firstNs = timestampNs;
      if (lastNs === undefined || timestampNs > lastNs) lastNs = timestampNs;
    }
    return firstNs === undefined || lastNs === undefined ? undefined : { firstNs, lastNs };
  }

  summaryEvents(): AsyncIterable<TraceEvent> {
    return this.events();
  }

  inOrder(filter: EventFilter & SteadyRange, limit?: number): AsyncIterable<TraceEvent> {
    return inTimeOrder(() => this.events(), eventMatcher(filter), { limit });
  }

  chain(requestId: string): AsyncIterable<TraceEvent> {
    return this.inOrder({ requestId });
  }

  close(): void {}
}
