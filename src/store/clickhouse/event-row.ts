import { statusOf } from '../../event/event-status.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { SEVERITIES, type Severity, severityRank } from '../../event/severity.js';
import type { StoredEvent } from '../event-store.js';
import { arrayOf, escaped } from './literals.js';

/**
 * The columns of an event in the order in which they are written. An array is last: where a connection is cut, its end
 * is missing, and the server takes no row of which a part is missing.
 */
export const EVENT_COLUMNS = [
  'inserted_ms',
  'wall_us',
  'run',
  'lane',
  'sequence',
  'timestamp_ns',
  'duration_ns',
  'severity',
  'process',
  'event_type',
  'component',
  'model_id',
  'event_id',
  'request_id',
  'rationale',
  'attr_keys',
  'attr_values',
] as const;

/** What an event is read back from. */
export const SELECTED = EVENT_COLUMNS.slice(1).join(', ');

/** An event of a run, and when it was by the wall clock. */
export interface PlacedEvent {
  /** UUID. */
  readonly run: string;
  readonly placed: RecordedEvent;
  readonly wallMicros: number;
  readonly process: string;
}

/** A line of TabSeparated. */
export function writeRow(
  { run, placed, wallMicros, process }: PlacedEvent,
  insertedMs: number,
): string {
  const { lane, sequence, event } = placed;
  const fields = [
    insertedMs,
    wallMicros,
    run,
    lane,
    sequence,
    event.timestampNs,
    event.durationNs,
    severityRank(event.severity),
    escaped(process),
    escaped(event.eventType),
    escaped(event.component),
    escaped(event.modelId),
    escaped(event.eventId),
    escaped(event.requestId),
    escaped(event.rationale),
    arrayOf(Object.keys(event.attributes)),
    arrayOf(Object.values(event.attributes)),
  ];
  return `${fields.join('\t')}\n`;
}

/** What a question about it is answered. */
export function storedEvent({ run, placed, wallMicros, process }: PlacedEvent): StoredEvent {
  const wallNs = BigInt(wallMicros) * 1_000n;
  return { run, ...placed, wallNs, process, status: statusOf(placed.event) };
}

/** A row as JSON: integers of 64 bits are texts. */
export interface EventRow {
  readonly wall_us: string;
  readonly run: string;
  readonly lane: number;
  readonly sequence: string;
  readonly timestamp_ns: string;
  readonly duration_ns: string;
  readonly severity: number;
  readonly process: string;
  readonly event_type: string;
  readonly component: string;
  readonly model_id: string;
  readonly event_id: string;
  readonly request_id: string;
  readonly rationale: string;
  readonly attr_keys: readonly string[];
  readonly attr_values: readonly string[];
}

export function readRow(row: EventRow): StoredEvent {
  const severity = SEVERITIES[row.severity] as Severity;
  return {
    run: row.run,
    lane: row.lane,
    sequence: Number(row.sequence),
    wallNs: BigInt(row.wall_us) * 1_000n,
    process: row.process,
    status: statusOf({ severity }),
    event: {
      eventId: row.event_id,
      eventType: row.event_type,
      component: row.component,
      timestampNs: BigInt(row.timestamp_ns),
      durationNs: BigInt(row.duration_ns),
      modelId: row.model_id,
      requestId: row.request_id,
      rationale: row.rationale,
      severity,
      attributes: Object.fromEntries(
        row.attr_keys.map((name, index) => [name, row.attr_values[index] as string]),
      ),
    },
  };
}
