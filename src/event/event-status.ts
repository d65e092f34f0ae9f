import { severityRank } from './severity.js';
import type { TraceEvent } from './trace-event.js';

/** `ERR` for an event of severity Error or Critical, else `OK`. */
export type EventStatus = 'OK' | 'ERR';

export const STATUSES: readonly EventStatus[] = ['OK', 'ERR'];

const ERROR_RANK = severityRank('Error');

/** See {@link EventStatus}. */
export function statusOf({ severity }: Pick<TraceEvent, 'severity'>): EventStatus {
  return severityRank(severity) >= ERROR_RANK ? 'ERR' : 'OK';
}

/** The process that an event is of: the attribute `process` (`module.function`, as monitor() writes it), else the component. */
export function processOf({
  attributes,
  component,
}: Pick<TraceEvent, 'attributes' | 'component'>): string {
  const { process } = attributes;
  return typeof process === 'string' && process !== '' ? process : component;
}
