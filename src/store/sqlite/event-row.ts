import { TraceError } from '../../errors.js';
import { wallNsOf } from '../../event/clock.js';
import { statusOf } from '../../event/event-status.js';
import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';
import { SEVERITIES, type Severity, severityRank } from '../../event/severity.js';
import { SEQUENCES_MAX } from '../check-event.js';
import type { StoredEvent } from '../event-store.js';
import { wallMicros } from '../wall-micros.js';
import { requestKey } from './schema.js';
import type { SqlValue } from './sqlite-driver.js';
import { readWallText, wallText } from './wall-text.js';

/** The columns in the order in which {@link EventRow.write} fills them. */
export const COLUMNS = [
  'id',
  'run',
  'place',
  'ts',
  'timestamp_ns',
  'duration_ns',
  'status',
  'severity',
  'process',
  'event_type',
  'component',
  'model_id',
  'event_id',
  'request_id',
  'request_key',
  'rationale',
  'attributes',
] as const;

/** What an event is read back from: alias `e` for the event, `p` its process, `r` its run, `f` its repeats. */
export const SELECTED = `e.id, r.run, e.place, e.ts, e.timestamp_ns, e.duration_ns, e.severity,
  p.name AS process, e.event_type, e.component, e.model_id, e.event_id, e.request_id, e.rationale,
  e.attributes, f.repeats, f.last_ns, f.received_ns`;
const SELECTED_NAMES = SELECTED.split(',').map((column) => column.trim().replace(/^.*[. ]/, ''));
export const JOINED = `JOIN process p ON p.id = e.process JOIN run r ON r.id = e.run
  LEFT JOIN foreign_event f ON f.event = e.id`;

/** The run that is appended, and its row. */
export interface RowRun {
  readonly id: number;
  readonly run: RunInfo;
}

/**
 * Writes the values of one event from `at` on, in the order of {@link COLUMNS}.
 *
 * @returns its wall time, microseconds.
 */
export function writeRow(
  values: SqlValue[],
  at: number,
  placed: RecordedEvent,
  id: number,
  run: RowRun,
  processId: number,
): number {
  const { event, lane, sequence } = placed;
  const micros = wallMicros(wallNsOf(run.run, event.timestampNs));
  const rank = severityRank(event.severity);
  values[at] = id;
  values[at + 1] = run.id;
  values[at + 2] = lane * SEQUENCES_MAX + sequence;
  values[at + 3] = wallText(micros);
  values[at + 4] = event.timestampNs;
  values[at + 5] = event.durationNs;
  values[at + 6] = statusOf(event);
  values[at + 7] = rank;
  values[at + 8] = processId;
  values[at + 9] = storable(event.eventType);
  values[at + 10] = storable(event.component);
  values[at + 11] = storable(event.modelId);
  values[at + 12] = event.eventId;
  values[at + 13] = storable(event.requestId);
  values[at + 14] = event.requestId === '' ? null : requestKey(id, event.requestId);
  values[at + 15] = storable(event.rationale);
  values[at + 16] = attributesText(event.attributes);
  return micros;
}

/** SQLite's text ends at a NUL when it is read: one that has any is stored as its bytes. */
export function storable(text: string): SqlValue {
  return text.includes('\0') ? Buffer.from(text) : text;
}

export function textOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : (value as string);
}

function attributesText(attributes: Record<string, string>): string | null {
  for (const _ in attributes) return JSON.stringify(attributes);
  return null;
}

/** An event from a row of {@link SELECTED}, read with big integers. */
export function readRow(row: Record<string, unknown>): StoredEvent {
  return readValues(SELECTED_NAMES.map((name) => row[name]));
}

/** The same from the values of a row in the order of {@link SELECTED}. */
export function readValues(values: readonly unknown[]): StoredEvent {
  const [
    id,
    run,
    placeValue,
    ts,
    timestampNs,
    durationNs,
    rank,
    process,
    eventType,
    component,
    modelId,
    eventId,
    requestId,
    rationale,
    attributes,
    repeats,
    lastNs,
    receivedNs,
  ] = values;
  const place = Number(placeValue);
  const lane = Math.floor(place / SEQUENCES_MAX);
  const severity = severityOf({ id, severity: rank });
  return {
    run: run as string,
    lane,
    sequence: place - lane * SEQUENCES_MAX,
    wallNs: readWallText(ts as string),
    process: textOf(process),
    status: statusOf({ severity }),
    event: {
      eventId: eventId as string,
      eventType: textOf(eventType),
      component: textOf(component),
      timestampNs: timestampNs as bigint,
      durationNs: durationNs as bigint,
      modelId: textOf(modelId),
      requestId: textOf(requestId),
      rationale: textOf(rationale),
      severity,
      attributes: {
        ...(attributes === null ? undefined : JSON.parse(attributes as string)),
        ...(repeats ? repeatsOf(repeats, lastNs, receivedNs) : undefined),
      },
    },
  };
}

/** What is known of the repeats of an event that stays as it came first: attributes of it in every answer. */
function repeatsOf(repeats: unknown, lastNs: unknown, receivedNs: unknown): Record<string, string> {
  return {
    'aegis.repeats': String(repeats),
    'aegis.last_wall_ns': String(lastNs),
    'aegis.last_received_ns': String(receivedNs),
  };
}

/** @throws TraceError `ERR_TRACE_STORE` for a row that somebody else has written. */
export function severityOf(row: Record<string, unknown>): Severity {
  const severity = SEVERITIES[Number(row.severity)] as Severity | undefined;
  if (severity !== undefined) return severity;
  throw new TraceError('ERR_TRACE_STORE', `event ${row.id} has no severity that there is`);
}
