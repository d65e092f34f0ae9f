import { TraceError } from '../errors.js';
import { processOf, statusOf } from '../event/event-status.js';
import type { StoredEvent } from '../event/stored-event.js';
import { int64Of } from './exact-json.js';
import { RECORDED_FIELDS, readRecorded, said } from './read-event.js';

const STORED_FIELDS: ReadonlySet<string> = new Set(['run', 'pid', 'wall_ns', ...RECORDED_FIELDS]);

/**
 * Reads the items of an answer, of which `parseExactJson` has made objects.
 *
 * @throws TraceError `ERR_TRACE_FORMAT` naming the field, what was expected and what came.
 */
export function readStoredEvents(items: unknown): StoredEvent[] {
  if (Array.isArray(items)) return items.map(readStoredEvent);
  throw new TraceError('ERR_TRACE_FORMAT', said('items must be an array', items));
}

/** One of them. @throws as {@link readStoredEvents}. */
export function readStoredEvent(item: unknown): StoredEvent {
  const placed = readRecorded(item, STORED_FIELDS);
  if (typeof placed === 'string') throw new TraceError('ERR_TRACE_FORMAT', placed);
  const { run, wall_ns } = item as Record<string, unknown>;
  const wallNs = int64Of(wall_ns);
  if (typeof run !== 'string' || wallNs === undefined) {
    throw new TraceError('ERR_TRACE_FORMAT', 'an event of an answer must have run and wall_ns');
  }
  const { event } = placed;
  return { run, wallNs, process: processOf(event), status: statusOf(event), ...placed };
}
