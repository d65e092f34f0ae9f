import { show, TraceError } from '../errors.js';
import type { ClockAnchor } from '../event/clock.js';
import type { RejectedEvent } from '../event/event-sink.js';
import { EVENT_JSON_FIELDS, formatEventJson } from '../event/json-event.js';
import type { PlacedEvent, ProgramInfo, RunInfo } from '../event/placed-event.js';
import { SEVERITIES, severityRank } from '../event/severity.js';
import type { TraceEvent } from '../event/trace-event.js';
import { isUuid } from '../event/uuid.js';
import { int64Of, parseExactJson } from './exact-json.js';

// One append to a hub: events of one run, as an export has them, with their places, and what the process
// itself has counted.

export const BATCH_FORMAT = 'aegis-trace-batch';
export const BATCH_VERSION = 1;
/** Versions that {@link parseBatch} understands. */
export const BATCH_VERSIONS: readonly number[] = [BATCH_VERSION];

/** What a process has counted since its pipeline started, by which a hub knows what it has not been sent. */
export interface SourceAccount {
  /** Events taken by the ring. */
  readonly recorded: number;
  /** Overwritten in the ring, whether they were sent or not. */
  readonly dropped: number;
  /** Overwritten before the pipeline read them. */
  readonly lost: number;
  readonly lostErrors: number;
  /** Refused by record(). */
  readonly rejected: number;
  /** Errors in the spill file now. */
  readonly spilled: number;
  /** Kept back by the gate. */
  readonly heldBack: number;
  /** Waiting to be sent. */
  readonly backlog: number;
  /** From recording to acknowledgement of the last batch, milliseconds. */
  readonly writeLagMs: number;
  /** When the batch was sent by the process's wall clock: Unix nanoseconds. */
  readonly sentWallNs: bigint;
}

export interface Batch {
  readonly run: RunInfo;
  readonly account?: SourceAccount | undefined;
  readonly events: readonly PlacedEvent[];
}

/** A batch as it came: its good events, and what was wrong with the others. */
export interface ParsedBatch extends Batch {
  /** Of each event in `events`, where it was in the batch. */
  readonly indexes: readonly number[];
  /** In the order of the batch. */
  readonly rejected: readonly RejectedEvent[];
}

const ACCOUNT_FIELDS = {
  recorded: 'recorded',
  dropped: 'dropped',
  lost: 'lost',
  lostErrors: 'lost_errors',
  rejected: 'rejected',
  spilled: 'spilled',
  heldBack: 'held_back',
  backlog: 'backlog',
  writeLagMs: 'write_lag_ms',
} as const;
const PROGRAM_FIELDS = ['host', 'service', 'project', 'version'] as const;
const NAME_MAX = 200;
const PLACED_FIELDS: ReadonlySet<string> = new Set(['lane', 'sequence', ...EVENT_JSON_FIELDS]);
const UUID_LOWER = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Writes a batch; integers are exact. */
export function formatBatch({ run, account, events }: Batch): string {
  const lines = events.map(
    ({ lane, sequence, event }) =>
      `{"lane":${lane},"sequence":${sequence},${formatEventJson(event).slice(1)}`,
  );
  return (
    `{"format":"${BATCH_FORMAT}","version":${BATCH_VERSION},"run":${formatRun(run)}` +
    (account === undefined ? '' : `,"account":${formatAccount(account)}`) +
    `,"events":[${lines.join(',\n')}]}`
  );
}

function formatRun({ run, pid, anchors, ...program }: RunInfo): string {
  const clock = anchors.map(
    ({ steadyNs, wallNs }) => `{"steady_ns":${steadyNs},"wall_ns":${wallNs}}`,
  );
  const names = PROGRAM_FIELDS.flatMap((field) =>
    program[field] === undefined ? [] : [`,"${field}":${JSON.stringify(program[field])}`],
  );
  return (
    `{"run":${JSON.stringify(run)},"pid":${pid}${names.join('')},"clock":{"anchors":` +
    `[${clock.join(',')}]}}`
  );
}

function formatAccount(account: SourceAccount): string {
  const counts = Object.entries(ACCOUNT_FIELDS).map(
    ([name, field]) => `"${field}":${account[name as keyof typeof ACCOUNT_FIELDS]}`,
  );
  return `{${counts.join(',')},"sent_wall_ns":${account.sentWallNs}}`;
}

/**
 * Reads a batch. Strict: what is misspelt or of another type is refused, a whole batch for its head, an event
 * for itself. Of a name that occurs twice the last one counts, as in JSON.parse.
 *
 * @throws TraceError `ERR_TRACE_FORMAT` naming the field, what was expected and what came.
 */
export function parseBatch(text: string): ParsedBatch {
  let value: unknown;
  try {
    value = parseExactJson(text);
  } catch (cause) {
    throw problem('a batch must be JSON', (cause as Error).message);
  }
  return readBatch(value);
}

/** The same of a value that {@link parseExactJson} gave. */
export function readBatch(value: unknown): ParsedBatch {
  const batch = objectOf(value, 'a batch', ['format', 'version', 'run', 'account', 'events']);
  if (batch.format !== BATCH_FORMAT) {
    throw problem(`format must be "${BATCH_FORMAT}"`, batch.format);
  }
  if (!BATCH_VERSIONS.includes(batch.version as number)) {
    throw problem(`version must be one of ${BATCH_VERSIONS.join(', ')}`, batch.version);
  }
  if (!Array.isArray(batch.events)) throw problem('events must be an array', batch.events);
  const run = readRun(batch.run);
  const account = batch.account === undefined ? undefined : readAccount(batch.account);
  const events: PlacedEvent[] = [];
  const indexes: number[] = [];
  const rejected: RejectedEvent[] = [];
  for (const [index, item] of (batch.events as unknown[]).entries()) {
    const placed = readPlaced(item);
    if (typeof placed === 'string') {
      rejected.push({ index, reason: placed });
    } else {
      events.push(placed);
      indexes.push(index);
    }
  }
  return { run, account, events, indexes, rejected };
}

function readRun(value: unknown): RunInfo {
  const run = objectOf(value, 'run', ['run', 'pid', ...PROGRAM_FIELDS, 'clock']);
  if (typeof run.run !== 'string' || !isUuid(run.run))
    throw problem('run.run must be a UUID', run.run);
  const program: { -readonly [K in keyof ProgramInfo]: ProgramInfo[K] } = {};
  for (const field of PROGRAM_FIELDS) {
    const name = run[field];
    if (name === undefined) continue;
    if (typeof name !== 'string' || name.length > NAME_MAX) {
      throw problem(`run.${field} must be a string of at most ${NAME_MAX} characters`, name);
    }
    program[field] = name;
  }
  return {
    run: run.run.toLowerCase(),
    pid: countOf(run.pid, 'run.pid'),
    ...program,
    anchors: readAnchors(run.clock),
  };
}

function readAnchors(value: unknown): ClockAnchor[] {
  const { anchors } = objectOf(value, 'run.clock', ['anchors']);
  const list = Array.isArray(anchors) ? (anchors as unknown[]) : [];
  const read = list.map((item, index): ClockAnchor => {
    const name = `run.clock.anchors[${index}]`;
    const anchor = objectOf(item, name, ['steady_ns', 'wall_ns']);
    return {
      steadyNs: nanosOf(anchor.steady_ns, `${name}.steady_ns`),
      wallNs: nanosOf(anchor.wall_ns, `${name}.wall_ns`),
    };
  });
  const isInOrder = read.every(
    ({ steadyNs }, index) => index === 0 || (read[index - 1] as ClockAnchor).steadyNs < steadyNs,
  );
  if (read.length > 0 && isInOrder) return read;
  throw problem('run.clock.anchors must be a list in order of steady_ns, of one at least', anchors);
}

function readAccount(value: unknown): SourceAccount {
  const fields = Object.values(ACCOUNT_FIELDS);
  const account = objectOf(value, 'account', [...fields, 'sent_wall_ns']);
  const counts = Object.entries(ACCOUNT_FIELDS).map(([name, field]) => [
    name,
    countOf(account[field], `account.${field}`),
  ]);
  return {
    ...(Object.fromEntries(counts) as Omit<SourceAccount, 'sentWallNs'>),
    sentWallNs: nanosOf(account.sent_wall_ns, 'account.sent_wall_ns'),
  };
}

/** An event with its place, or what is wrong with it: a throw for each of many would cost more than reading them. */
function readPlaced(item: unknown): PlacedEvent | string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    return said('an event must be an object', item);
  }
  const value = item as Record<string, unknown>;
  for (const name in value) {
    if (!PLACED_FIELDS.has(name)) return said('an event has the known fields only', name);
  }
  const { lane, sequence } = value;
  if (!isCount(lane)) return said('lane must be an integer of 0 or more', lane);
  if (!isCount(sequence)) return said('sequence must be an integer of 0 or more', sequence);
  const event = readEvent(value);
  return typeof event === 'string' ? event : { lane, sequence, event };
}

function readEvent(value: Record<string, unknown>): TraceEvent | string {
  const { event_id, event_type, component, model_id, request_id, rationale, severity } = value;
  if (typeof event_id !== 'string' || !UUID_LOWER.test(event_id)) {
    return said('event_id must be a UUID in lower case', event_id);
  }
  if (typeof event_type !== 'string' || event_type === '') {
    return said('event_type must be a non-empty string', event_type);
  }
  if (typeof component !== 'string' || component === '') {
    return said('component must be a non-empty string', component);
  }
  if (typeof model_id !== 'string') return said('model_id must be a string', model_id);
  if (typeof request_id !== 'string') return said('request_id must be a string', request_id);
  if (typeof rationale !== 'string') return said('rationale must be a string', rationale);
  if (severityRank(severity) < 0) {
    return said(`severity must be one of ${SEVERITIES.join(', ')}`, severity);
  }
  const timestampNs = int64Of(value.timestamp_ns);
  if (timestampNs === undefined) {
    return said('timestamp_ns must be an integer of 64 bits', value.timestamp_ns);
  }
  const durationNs = int64Of(value.duration_ns);
  if (durationNs === undefined) {
    return said('duration_ns must be an integer of 64 bits', value.duration_ns);
  }
  const { attributes } = value;
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    return said('attributes must be an object', attributes);
  }
  for (const key of Object.keys(attributes)) {
    const attribute = (attributes as Record<string, unknown>)[key];
    if (typeof attribute !== 'string')
      return said(`attribute ${show(key)} must be a string`, attribute);
  }
  return {
    eventId: event_id,
    eventType: event_type,
    component,
    timestampNs,
    durationNs,
    modelId: model_id,
    requestId: request_id,
    rationale,
    severity: severity as TraceEvent['severity'],
    attributes: attributes as Record<string, string>,
  };
}

function objectOf(
  value: unknown,
  name: string,
  fields: readonly string[],
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw problem(`${name} must be an object`, value);
  }
  const unknown = Object.keys(value).find((field) => !fields.includes(field));
  if (unknown === undefined) return value as Record<string, unknown>;
  throw problem(`a field of ${name} must be one of ${fields.join(', ')}`, unknown);
}

function countOf(value: unknown, name: string): number {
  if (isCount(value)) return value;
  throw problem(`${name} must be an integer of 0 or more`, value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function nanosOf(value: unknown, name: string): bigint {
  const nanos = int64Of(value);
  if (nanos !== undefined) return nanos;
  throw problem(`${name} must be an integer of 64 bits`, value);
}

function said(expectation: string, got: unknown): string {
  return `${expectation}; got ${show(got)}`;
}

function problem(expectation: string, got: unknown): TraceError {
  return new TraceError('ERR_TRACE_FORMAT', said(expectation, got));
}
