import { TraceError } from '../../errors.js';
import { statusOf } from '../../event/event-status.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import { SEVERITIES, type Severity, severityRank } from '../../event/severity.js';
import type { StoredEvent } from '../event-store.js';
import { escaped, quoted } from './literals.js';

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

/** A line of TabSeparated, which is most of the cost of an append. */
export function writeRow(
  { run, placed, wallMicros, process }: PlacedEvent,
  insertedMs: number,
): string {
  const { lane, sequence, event } = placed;
  const { attributes } = event;
  let names = '';
  let values = '';
  for (const name in attributes) {
    names += names === '' ? quoted(name) : `,${quoted(name)}`;
    values +=
      values === '' ? quoted(attributes[name] as string) : `,${quoted(attributes[name] as string)}`;
  }
  return (
    `${insertedMs}\t${wallMicros}\t${run}\t${lane}\t${sequence}\t${event.timestampNs}\t${event.durationNs}\t` +
    `${severityRank(event.severity)}\t${escaped(process)}\t${escaped(event.eventType)}\t` +
    `${escaped(event.component)}\t${escaped(event.modelId)}\t${escaped(event.eventId)}\t` +
    `${escaped(event.requestId)}\t${escaped(event.rationale)}\t[${names}]\t[${values}]\n`
  );
}

/** Bytes of a part, roughly: the server reads one while the next is written. */
const PART_CHARACTERS = 2 ** 16;

/** How events are inserted. */
export interface Insertion {
  readonly insertedMs: number;
  /** None of them is there before it resolves. */
  readonly ready: Promise<unknown>;
  /** Not begun any more after that: nanoseconds of `process.hrtime.bigint()`. */
  readonly deadlineNs: bigint | undefined;
}

/**
 * Rows as they are sent.
 *
 * @throws TraceError (rejects) `ERR_TRACE_STORE` after the deadline; as `ready` does.
 */
export async function* rowParts(
  events: readonly PlacedEvent[],
  { insertedMs, ready, deadlineNs }: Insertion,
): AsyncGenerator<Buffer, void, undefined> {
  // Also of a process that was stopped in between: who looks for these events by then finds them, or this.
  if (deadlineNs !== undefined && process.hrtime.bigint() > deadlineNs) {
    throw new TraceError('ERR_TRACE_STORE', 'they have waited too long to be stored');
  }
  let text = '';
  for (const event of events) {
    if (text.length >= PART_CHARACTERS) {
      yield Buffer.from(text);
      text = '';
    }
    text += writeRow(event, insertedMs);
  }
  await ready;
  yield Buffer.from(text);
}

/** A place as a key; the numbers of a row may be texts. */
export const placeText = (place: {
  readonly run: string;
  readonly lane: number | string;
  readonly sequence: number | string;
}): string => `${place.run} ${place.lane} ${place.sequence}`;

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
