import { expected, TraceError } from '../errors.js';
import { SEVERITIES, type Severity, severityRank } from '../event/severity.js';
import type { TraceEvent } from '../event/trace-event.js';

/** Which events to pick. What is left out matches everything; the rest must all match. */
export interface EventFilter {
  component?: string | undefined;
  eventType?: string | undefined;
  modelId?: string | undefined;
  requestId?: string | undefined;
  /** This severity or a higher one. */
  minSeverity?: Severity | undefined;
  /** Inclusive, on the event's own timestamp, steady nanoseconds. */
  startNs?: bigint | undefined;
  /** Inclusive, on the event's own timestamp, steady nanoseconds. */
  endNs?: bigint | undefined;
}

/**
 * Makes a predicate of a filter.
 *
 * @throws TraceError `ERR_TRACE_QUERY` for a start after the end or an unknown severity.
 */
export function eventMatcher(filter: EventFilter): (event: TraceEvent) => boolean {
  const { component, eventType, modelId, requestId, minSeverity, startNs, endNs } = filter;
  if (startNs !== undefined && endNs !== undefined && startNs > endNs) {
    throw new TraceError(
      'ERR_TRACE_QUERY',
      `the start must not be after the end, ${endNs}; got ${startNs}`,
    );
  }
  const rank = minSeverity === undefined ? 0 : severityRank(minSeverity);
  if (rank < 0) {
    const names = `one of ${SEVERITIES.join(', ')}`;
    throw expected('ERR_TRACE_QUERY', 'minSeverity', names, minSeverity);
  }
  return (event) =>
    (component === undefined || event.component === component) &&
    (eventType === undefined || event.eventType === eventType) &&
    (modelId === undefined || event.modelId === modelId) &&
    (requestId === undefined || event.requestId === requestId) &&
    (startNs === undefined || event.timestampNs >= startNs) &&
    (endNs === undefined || event.timestampNs <= endNs) &&
    severityRank(event.severity) >= rank;
}
