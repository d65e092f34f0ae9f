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
