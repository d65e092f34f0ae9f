import type { RejectedEvent } from '../../event/event-sink.js';
import type { ForeignEvent } from '../../store/event-store.js';
import { type IngestBody, type OtlpForm, SOURCES_MAX } from '../ingest-body.js';
import { type OtlpEvent, OtlpEvents, serviceOf } from './otlp-events.js';
import { readLogsJson, readTracesJson } from './read-json.js';
import { readLogsProtobuf, readTracesProtobuf } from './read-protobuf.js';

const NANOS_PER_MILLI = 1_000_000n;

interface Part {
  readonly foreign: ForeignEvent[];
  readonly indexes: number[];
}

/**
 * Reads what an OpenTelemetry exporter has sent: text is JSON, bytes are protobuf. Each service is a source; the index of a
 * rejected event is that of its span or log record in the body.
 *
 * @throws SyntaxError, OtlpJsonError, RangeError for a body that is none.
 */
export function readOtlp(body: string | Uint8Array, form: OtlpForm, nowMs: number): IngestBody {
  const events = new OtlpEvents(BigInt(nowMs) * NANOS_PER_MILLI);
  const sources = new Map<string, Part>();
  const rejected: RejectedEvent[] = [];
  let items = 0;
  let received = 0;
  const add = (part: Part | undefined, event: OtlpEvent): void => {
    received++;
    if (typeof event === 'string' || part === undefined) {
      const reason = part === undefined ? `a body may have ${SOURCES_MAX} services at most` : event;
      rejected.push({ index: items, reason: reason as string });
      return;
    }
    part.foreign.push(event);
    part.indexes.push(items);
  };
  const partOf = (service: string): Part | undefined => {
    const known = sources.get(service);
    if (known !== undefined || sources.size >= SOURCES_MAX) return known;
    const part: Part = { foreign: [], indexes: [] };
    sources.set(service, part);
    return part;
  };
  for (const { resource, found } of groupsOf(body, form, events)) {
    const part = partOf(serviceOf(resource));
    for (const item of found) {
      for (const event of item) add(part, event);
      items++;
    }
  }
  const parts = [...sources]
    .filter(([, { foreign }]) => foreign.length > 0)
    .map(([source, { foreign, indexes }]) => ({
      batch: { source, foreign },
      indexes,
      rejected: 0,
    }));
  return { parts, rejected, received };
}

/** What each group has: of every span or log record its events. */
function groupsOf(body: string | Uint8Array, form: OtlpForm, events: OtlpEvents) {
  const isText = typeof body === 'string';
  if (form === 'traces') {
    const groups = isText ? readTracesJson(body) : readTracesProtobuf(body);
    return groups.map((group) => ({ resource: group.resource, found: events.ofSpans(group) }));
  }
  const groups = isText ? readLogsJson(body) : readLogsProtobuf(body);
  return groups.map((group) => ({ resource: group.resource, found: events.ofLogs(group) }));
}
