import { createHash, randomUUID } from 'node:crypto';
import type { RejectedEvent } from '../event/event-sink.js';
import type { GateReport } from '../event/gate-report.js';
import type { SourceAccount } from '../event/source-account.js';
import type { ForeignBatch, ForeignEvent, RunBatch } from '../store/event-store.js';
import { type ParsedBatch, readBatch } from '../wire/batch.js';
import { entriesOf, readClientEntry } from '../wire/client-entry.js';
import { readEvent, said } from '../wire/read-event.js';
import { Problem } from './problem.js';

// What an ingest body has: a batch of one run, or entries and events of sources that have no runs.

/** What is appended for one source, and where each of its events was in the body. */
export interface IngestPart {
  readonly batch: RunBatch | ForeignBatch;
  readonly indexes: readonly number[];
  readonly account?: SourceAccount | undefined;
  readonly gate?: GateReport | undefined;
  /** Events of the body that are said to be of this run, and are none. */
  readonly rejected: number;
}

export interface IngestBody {
  readonly parts: readonly IngestPart[];
  readonly rejected: readonly RejectedEvent[];
  readonly received: number;
}

/** What a body is by the path it came by: many of ours, or one; spans or log records of OpenTelemetry. */
export type IngestForm = 'batch' | 'single' | OtlpForm;
export type OtlpForm = 'traces' | 'logs';

/** Sources of one body: each is a row, and a line of `/stats/sources`. */
export const SOURCES_MAX = 1_000;
const KEY_BYTES = 16;
const NANOS_PER_MILLI = 1_000_000n;
/** What an event without a run is of, when it does not say. */
const SOURCE_DEFAULT = 'unknown';

/**
 * @param value - as parseExactJson() gave it.
 * @throws Problem `invalid`; TraceError `ERR_TRACE_FORMAT` for the head of a batch.
 */
export function readIngest(value: unknown, form: 'batch' | 'single', nowMs: number): IngestBody {
  if (form === 'single') return readSingle(value, nowMs);
  const entries = entriesOf(value);
  return entries === undefined ? bodyOf(readBatch(value)) : readEntries(entries, nowMs);
}

function bodyOf({ run, account, gate, events, indexes, rejected }: ParsedBatch): IngestBody {
  const part = { batch: { run, events }, indexes, account, gate, rejected: rejected.length };
  return { parts: [part], rejected, received: events.length + rejected.length };
}

function readSingle(value: unknown, nowMs: number): IngestBody {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem('invalid', said('the body must be one entry or event', value));
  }
  if (!Object.hasOwn(value, 'event_type')) return readEntries([value], nowMs);
  const { source_id: source = SOURCE_DEFAULT, ...fields } = value as Record<string, unknown>;
  if (typeof source !== 'string' || source === '' || source.length > 200) {
    throw new Problem('invalid', said('source_id must be a string of 1 to 200 characters', source));
  }
  const event = readEvent(fields);
  if (typeof event === 'string') {
    return { parts: [], rejected: [{ index: 0, reason: event }], received: 1 };
  }
  const key = Buffer.from(event.eventId.replaceAll('-', ''), 'hex');
  const batch: ForeignBatch = { source, foreign: [{ event, key }] };
  return { parts: [{ batch, indexes: [0], rejected: 0 }], rejected: [], received: 1 };
}

function readEntries(entries: readonly unknown[], nowMs: number): IngestBody {
  const nowNs = BigInt(nowMs) * NANOS_PER_MILLI;
  const sources = new Map<string, { foreign: ForeignEvent[]; indexes: number[] }>();
  const rejected: RejectedEvent[] = [];
  for (const [index, item] of entries.entries()) {
    const entry = readClientEntry(item, nowNs);
    if (typeof entry === 'string') {
      rejected.push({ index, reason: entry });
      continue;
    }
    const { source, event, identity } = entry;
    const part = sources.get(source) ?? { foreign: [], indexes: [] };
    if (part.foreign.length === 0) {
      if (sources.size >= SOURCES_MAX) {
        rejected.push({ index, reason: `a body may have ${SOURCES_MAX} sources at most` });
        continue;
      }
      sources.set(source, part);
    }
    part.foreign.push({
      event: { eventId: randomUUID(), ...event },
      key: identity && keyOf(identity),
      folds: true,
    });
    part.indexes.push(index);
  }
  const parts = [...sources].map(([source, { foreign, indexes }]) => ({
    batch: { source, foreign },
    indexes,
    rejected: 0,
  }));
  return { parts, rejected, received: entries.length };
}

/** No two texts run into each other: each is quoted. */
function keyOf(identity: readonly string[]): Uint8Array {
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest();
  return hash.subarray(0, KEY_BYTES);
}
