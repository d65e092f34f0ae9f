import { formatExactJson } from '../../wire/exact-json.js';
import { readStoredEvent, readStoredEvents } from '../../wire/stored-events.js';

/** An event as the hub answers it. */
export type PageEvent = ReturnType<typeof readStoredEvent>;

export { readStoredEvent, readStoredEvents };

/** Names an event for good. */
export const placeText = ({ run, lane, sequence }: PageEvent): string =>
  `${run}/${lane}/${sequence}`;

/** Of an error, what it says of itself. */
export function exceptionOf({ event, status }: PageEvent): string {
  if (status !== 'ERR') return '';
  const { error, 'exception.message': message } = event.attributes;
  return error ?? message ?? event.rationale;
}

/** As the hub has it; integers of 64 bits are exact. */
export function jsonText({ run, wallNs, lane, sequence, event }: PageEvent): string {
  return formatExactJson({
    run,
    lane,
    sequence,
    wall_ns: wallNs,
    event_id: event.eventId,
    event_type: event.eventType,
    component: event.component,
    timestamp_ns: event.timestampNs,
    duration_ns: event.durationNs,
    model_id: event.modelId,
    request_id: event.requestId,
    rationale: event.rationale,
    severity: event.severity,
    attributes: event.attributes,
  });
}
