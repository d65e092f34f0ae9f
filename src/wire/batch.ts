import { TraceError } from '../errors.js';
import type { ClockAnchor } from '../event/clock.js';
import type { RejectedEvent } from '../event/event-sink.js';
import type { BackfillAnswer, GateReport } from '../event/gate-report.js';
import { GATE_ID_MAX } from '../event/gate-report.js';
import { formatEventJson } from '../event/json-event.js';
import type { ProgramInfo, RecordedEvent, RunInfo } from '../event/recorded-event.js';
import type { SourceAccount } from '../event/source-account.js';
import { isUuid } from '../event/uuid.js';
import { int64Of, parseExactJson } from './exact-json.js';
import { isCount, RECORDED_FIELDS, readRecorded, said } from './read-event.js';

// One append to a hub: events of one run, as an export has them, with their places, and what the process
// itself has counted.

export const BATCH_FORMAT = 'aegis-trace-batch';
const BATCH_VERSION = 1;
/** Versions that {@link parseBatch} understands. */
export const BATCH_VERSIONS: readonly number[] = [BATCH_VERSION];

export interface Batch {
  readonly run: RunInfo;
  readonly account?: SourceAccount | undefined;
  readonly gate?: GateReport | undefined;
  readonly events: readonly RecordedEvent[];
}

/** A batch as it came: its good events, and what was wrong with the others. */
export interface ParsedBatch extends Batch {
  /** Of each event in `events`, where it was in the batch. */
  readonly indexes: readonly number[];
  /** In the order of the batch. */
  readonly rejected: readonly RejectedEvent[];
}

/** Of an account: its fields by their names in SourceAccount. */
export const ACCOUNT_FIELDS = {
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
export const PROGRAM_FIELDS = ['host', 'service', 'project', 'version'] as const;
const NAME_MAX = 200;
const BATCH_FIELDS = ['format', 'version', 'run', 'account', 'heats', 'backfills', 'events'];
/** Requests of a batch that are hot, or are to be: a hub has fewer. */
export const REQUESTS_MAX = 10_000;

/** Writes a batch; integers are exact. */
export function formatBatch({ run, account, gate, events }: Batch): string {
  const lines = events.map(
    ({ lane, sequence, event }) =>
      `{"lane":${lane},"sequence":${sequence},${formatEventJson(event).slice(1)}`,
  );
  return (
    `{"format":"${BATCH_FORMAT}","version":${BATCH_VERSION},"run":${formatRun(run)}` +
    (account === undefined ? '' : `,"account":${formatAccount(account)}`) +
    (gate === undefined ? '' : formatGate(gate)) +
    `,"events":[${lines.join(',\n')}]}`
  );
}

/** A run as a batch has it. */
export function formatRun({ run, pid, anchors, ...program }: RunInfo): string {
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

function formatGate({ heats, backfills }: GateReport): string {
  const answers = backfills.map(({ id, since, events, missing, oldestWallNs }) => {
    const oldest = oldestWallNs === undefined ? '' : `,"oldest_wall_ns":${oldestWallNs}`;
    return `{"id":${JSON.stringify(id)},"since":${since},"events":${events},"missing":${missing}${oldest}}`;
  });
  return `,"heats":${JSON.stringify(heats)},"backfills":[${answers.join(',')}]`;
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
  const batch = objectOf(value, 'a batch', BATCH_FIELDS);
  if (batch.format !== BATCH_FORMAT) {
    throw problem(`format must be "${BATCH_FORMAT}"`, batch.format);
  }
  if (!BATCH_VERSIONS.includes(batch.version as number)) {
    throw problem(`version must be one of ${BATCH_VERSIONS.join(', ')}`, batch.version);
  }
  if (!Array.isArray(batch.events)) throw problem('events must be an array', batch.events);
  const run = readRun(batch.run);
  const account = batch.account === undefined ? undefined : readAccount(batch.account);
  const gate = readGate(batch.heats, batch.backfills);
  const events: RecordedEvent[] = [];
  const indexes: number[] = [];
  const rejected: RejectedEvent[] = [];
  for (const [index, item] of (batch.events as unknown[]).entries()) {
    const placed = readRecorded(item, RECORDED_FIELDS);
    if (typeof placed === 'string') {
      rejected.push({ index, reason: placed });
    } else {
      events.push(placed);
      indexes.push(index);
    }
  }
  return { run, account, gate, events, indexes, rejected };
}

/** Reads what {@link formatRun} has written. @throws TraceError `ERR_TRACE_FORMAT`. */
export function readRun(value: unknown): RunInfo {
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

/** Undefined when there is nothing in it. */
function readGate(heats: unknown = [], backfills: unknown = []): GateReport | undefined {
  const ids = listOf(heats, 'heats').map((id, index) => idOf(id, `heats[${index}]`));
  const answers = listOf(backfills, 'backfills').map((item, index): BackfillAnswer => {
    const name = `backfills[${index}]`;
    const fields = ['id', 'since', 'events', 'missing', 'oldest_wall_ns'];
    const answer = objectOf(item, name, fields);
    const { oldest_wall_ns: oldest } = answer;
    return {
      id: idOf(answer.id, `${name}.id`),
      since: countOf(answer.since, `${name}.since`),
      events: countOf(answer.events, `${name}.events`),
      missing: countOf(answer.missing, `${name}.missing`),
      oldestWallNs: oldest === undefined ? undefined : nanosOf(oldest, `${name}.oldest_wall_ns`),
    };
  });
  return ids.length + answers.length === 0 ? undefined : { heats: ids, backfills: answers };
}

function listOf(value: unknown, name: string): unknown[] {
  if (Array.isArray(value) && value.length <= REQUESTS_MAX) return value as unknown[];
  throw problem(`${name} must be a list of at most ${REQUESTS_MAX}`, value);
}

function idOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= GATE_ID_MAX) return value;
  throw problem(`${name} must be an id of 1 to ${GATE_ID_MAX} characters`, value);
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

function nanosOf(value: unknown, name: string): bigint {
  const nanos = int64Of(value);
  if (nanos !== undefined) return nanos;
  throw problem(`${name} must be an integer of 64 bits`, value);
}

function problem(expectation: string, got: unknown): TraceError {
  return new TraceError('ERR_TRACE_FORMAT', said(expectation, got));
}
