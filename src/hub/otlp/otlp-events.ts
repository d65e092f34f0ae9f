import { hash as hashOf } from 'node:crypto';
import type { Severity } from '../../event/severity.js';
import type { TraceEvent } from '../../event/trace-event.js';
import type { ForeignEvent } from '../../store/event-store.js';
import { formatExactJson } from '../../wire/exact-json.js';
import type {
  OtlpAttributes,
  OtlpGroup,
  OtlpLogRecord,
  OtlpSpan,
  OtlpSpanEvent,
  OtlpValue,
} from './otlp-data.js';

// Spans and log records as events. A trace id is a request id, so that what OpenTelemetry and what we have recorded of a
// request is one chain; a span's event names the event of its parent as calls of monitor() do, so that stories and
// graphs need to know nothing of spans. Names of attributes are those that the OpenTelemetry specification gives for
// formats other than its own.

/** An event with what keeps it from being stored twice, or why it is none. */
export type OtlpEvent = ForeignEvent | string;

const SPAN_TYPE = 'span';
const SPAN_EVENT_TYPE = 'span_event';
const LOG_TYPE = 'log';
/** Where a resource does not say, as the specification has it. */
const SERVICE_DEFAULT = 'unknown_service';
/** Of a name by which things are counted, characters. */
const NAME_MAX = 200;
const KEY_BYTES = 16;
const INT64_MAX = 2n ** 63n - 1n;
const TRACE_ID = /^(?!0{32}$)[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16}$)[0-9a-f]{16}$/;
/** Of a resource: what says nothing of where an event is from, or may have what was written on a command line. */
const LEFT_OUT = /^(service\.name$|telemetry\.|process\.(?!pid$)|host\.(?!name$)|os\.)/;
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUS_ERROR = 2;
const STATUS_NAMES = ['', 'OK', 'ERROR'];
const EXCEPTION = 'exception';
/** Names of ours: a span's own attribute of such a name is kept under another. */
const OWN_NAMES: ReadonlySet<string> = new Set(['process', 'parent_event_id', 'within_event_id']);

/** The service of a resource. */
export function serviceOf(resource: OtlpAttributes): string {
  const service = resource.find(([key]) => key === 'service.name')?.[1];
  const name = service === undefined ? '' : textOf(service);
  return (name === '' ? SERVICE_DEFAULT : name).slice(0, NAME_MAX);
}

/** Makes events of one body: what its spans name is looked up once. */
export class OtlpEvents {
  readonly #nowNs: bigint;
  readonly #ids = new Map<string, Identity>();

  constructor(nowNs: bigint) {
    this.#nowNs = nowNs;
  }

  /** The events of a span: itself first, then what happened in it. */
  *ofSpans({ resource, scope, items }: OtlpGroup<OtlpSpan>): Generator<OtlpEvent[]> {
    const component = serviceOf(resource);
    const common = commonOf(resource, scope);
    for (const span of items) {
      const wrong = spanProblem(span);
      yield wrong === undefined ? this.#spanEvents(span, component, common) : [wrong];
    }
  }

  /** The one event of a log record. */
  *ofLogs({ resource, scope, items }: OtlpGroup<OtlpLogRecord>): Generator<OtlpEvent[]> {
    const component = serviceOf(resource);
    const common = commonOf(resource, scope);
    for (const record of items) yield [logProblem(record) ?? this.#log(record, component, common)];
  }

  #spanEvents(span: OtlpSpan, component: string, common: Pairs): ForeignEvent[] {
    const { eventId, key } = this.#identityOf(span.traceId, span.spanId);
    const isError = span.statusCode === STATUS_ERROR;
    const attributes: Pairs = [
      ...textsOf(span.attributes),
      ['process', processOf(component, span.name, common)],
      ...this.#link('parent_event_id', span.traceId, span.parentSpanId),
      ['otel.name', span.name],
      ['otel.span_id', span.spanId],
      ...said('otel.parent_span_id', span.parentSpanId),
      ['span.kind', KINDS[span.kind] ?? String(span.kind)],
      ...said('otel.status_code', STATUS_NAMES[span.statusCode] ?? String(span.statusCode)),
      ...said('otel.status_description', span.statusMessage),
      ...said('otel.trace_state', span.traceState),
      ...(span.links.length === 0 ? [] : [['otel.links', linksText(span)] as const]),
      ...counted('otel.dropped_attributes_count', span.droppedAttributes),
      ...counted('otel.dropped_events_count', span.droppedEvents),
      ...counted('otel.dropped_links_count', span.droppedLinks),
      ...common,
    ];
    const event: TraceEvent = {
      eventId,
      eventType: SPAN_TYPE,
      component,
      timestampNs: span.startNs,
      durationNs: span.endNs > span.startNs ? span.endNs - span.startNs : 0n,
      modelId: modelOf(span.attributes),
      requestId: span.traceId,
      rationale:
        isError && span.statusMessage !== '' ? `${span.name}: ${span.statusMessage}` : span.name,
      severity: isError ? 'Error' : 'Info',
      attributes: Object.fromEntries(attributes),
    };
    const within = span.events.map((item, index) =>
      this.#spanEvent(span, item, index, event, isError),
    );
    return [{ event, key }, ...within];
  }

  #spanEvent(
    span: OtlpSpan,
    { timeNs, name, attributes }: OtlpSpanEvent,
    index: number,
    { component, eventId, attributes: { process } }: TraceEvent,
    isError: boolean,
  ): ForeignEvent {
    const identity = identityOf(`${span.traceId} ${span.spanId} ${index}`);
    const own = Object.fromEntries([
      ...textsOf(attributes),
      ['process', process as string],
      ['within_event_id', eventId],
      ['otel.name', name],
      ['otel.span_id', span.spanId],
    ]) as Record<string, string>;
    const isException = name === EXCEPTION;
    const event: TraceEvent = {
      eventId: identity.eventId,
      eventType: SPAN_EVENT_TYPE,
      component,
      timestampNs: timeNs > 0n && timeNs <= INT64_MAX ? timeNs : span.startNs,
      durationNs: 0n,
      modelId: '',
      requestId: span.traceId,
      rationale: isException ? exceptionText(own) : name,
      // One that its span has dealt with is no error of the request.
      severity: !isException ? 'Info' : isError ? 'Error' : 'Warning',
      attributes: own,
    };
    return { event, key: identity.key };
  }

  #log(record: OtlpLogRecord, component: string, common: Pairs): ForeignEvent {
    const { traceId, spanId, timeNs, observedNs } = record;
    const body = textOf(record.body);
    const attributes = Object.fromEntries([
      ...textsOf(record.attributes),
      ['process', processOf(component, '', common)],
      ...this.#link('within_event_id', traceId, spanId),
      ...said('otel.name', record.eventName),
      ...said('otel.span_id', spanId),
      ...said('otel.severity_text', record.severityText),
      ...counted('otel.severity_number', record.severityNumber),
      ...counted('otel.dropped_attributes_count', record.droppedAttributes),
      ...common,
    ]);
    const fields = {
      eventType: LOG_TYPE,
      component,
      timestampNs: timeNs || observedNs || this.#nowNs,
      durationNs: 0n,
      modelId: '',
      requestId: traceId,
      rationale: body,
      severity: severityOf(record.severityNumber),
      attributes,
    };
    // The time of one that has none is no part of what it says.
    const content = { ...fields, timestampNs: timeNs || observedNs };
    const { eventId, key } = identityOf(formatExactJson(content));
    return { event: { eventId, ...fields }, key };
  }

  /** Names a span by the id of its event. */
  #link(name: 'parent_event_id' | 'within_event_id', traceId: string, spanId: string): Pairs {
    if (traceId === '' || !SPAN_ID.test(spanId)) return [];
    return [[name, this.#identityOf(traceId, spanId).eventId]];
  }

  /** A span is asked for by each of its children. */
  #identityOf(traceId: string, spanId: string): Identity {
    const name = `${traceId} ${spanId}`;
    let identity = this.#ids.get(name);
    if (identity === undefined) {
      identity = identityOf(name);
      this.#ids.set(name, identity);
    }
    return identity;
  }
}

type Pairs = (readonly [string, string])[];

/** How a thing is known again, and the id of its event: whoever knows the thing knows the id. */
interface Identity {
  readonly key: Uint8Array;
  readonly eventId: string;
}

function identityOf(name: string): Identity {
  const hash = hashOf('sha256', name, 'buffer');
  const key = hash.subarray(0, KEY_BYTES);
  const id = hash.subarray(KEY_BYTES);
  // A UUID of version 8, variant 10: RFC 9562, section 5.8.
  id[6] = ((id[6] as number) & 0x0f) | 0x80;
  id[8] = ((id[8] as number) & 0x3f) | 0x80;
  const hex = id.toString('hex');
  const eventId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return { key, eventId };
}

function spanProblem(span: OtlpSpan): string | undefined {
  if (!TRACE_ID.test(span.traceId)) return 'a span has a trace id of 16 bytes, not all of them 0';
  if (!SPAN_ID.test(span.spanId)) return 'a span has a span id of 8 bytes, not all of them 0';
  if (span.startNs <= 0n || span.startNs > INT64_MAX || span.endNs > INT64_MAX) {
    return 'a span has a start and an end in nanoseconds since 1970, of 63 bits';
  }
  return undefined;
}

function logProblem({ traceId, spanId, timeNs, observedNs }: OtlpLogRecord): string | undefined {
  if (traceId !== '' && !TRACE_ID.test(traceId))
    return 'a trace id has 16 bytes, not all of them 0';
  if (spanId !== '' && !SPAN_ID.test(spanId)) return 'a span id has 8 bytes, not all of them 0';
  const isTime = timeNs >= 0n && timeNs <= INT64_MAX && observedNs >= 0n && observedNs <= INT64_MAX;
  return isTime ? undefined : 'a log record has times in nanoseconds since 1970, of 63 bits';
}

/** What all of one scope have: the scope, and of its resource what says where it is, as one attribute. */
function commonOf(resource: OtlpAttributes, scope: OtlpGroup<unknown>['scope']): Pairs {
  const rest = resource.filter(([key]) => !LEFT_OUT.test(key));
  return [
    ...said('otel.scope.name', scope.name),
    ...said('otel.scope.version', scope.version),
    ...(scope.attributes.length === 0 ? [] : [['otel.scope', jsonOf(scope.attributes)] as const]),
    ...(rest.length === 0 ? [] : [['otel.resource', jsonOf(rest)] as const]),
  ];
}

/** As monitor() names a function by its module: a span's name alone says little where many services have it. */
function processOf(component: string, name: string, common: Pairs): string {
  const [scope] = common.filter(([key]) => key === 'otel.scope.name');
  const own = name === '' ? (scope?.[1] ?? '') : name;
  return (own === '' ? component : `${component}.${own}`).slice(0, NAME_MAX);
}

function textsOf(attributes: OtlpAttributes): Pairs {
  return attributes.map(([key, value]) => [
    OWN_NAMES.has(key) ? `otel.attribute.${key}` : key,
    textOf(value),
  ]);
}

function textOf(value: OtlpValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return typeof value === 'object' ? formatExactJson(value) : String(value);
}

const jsonOf = (attributes: OtlpAttributes): string =>
  formatExactJson(Object.fromEntries(attributes));

const said = (name: string, text: string): Pairs => (text === '' ? [] : [[name, text]]);

const counted = (name: string, count: number): Pairs =>
  count === 0 ? [] : [[name, String(count)]];

const linksText = ({ links }: OtlpSpan): string =>
  formatExactJson(
    links.map(({ traceId, spanId, attributes }) => ({
      trace_id: traceId,
      span_id: spanId,
      ...(attributes.length > 0 && { attributes: Object.fromEntries(attributes) }),
    })),
  );

/** Of the conventions for generative AI. */
function modelOf(attributes: OtlpAttributes): string {
  const model = attributes.find(([key]) => key === 'gen_ai.request.model')?.[1];
  return model === undefined ? '' : textOf(model);
}

const exceptionText = (attributes: Record<string, string>): string =>
  [attributes['exception.type'], attributes['exception.message']]
    .filter((text) => text !== undefined && text !== '')
    .join(': ') || EXCEPTION;

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
function severityOf(number: number): Severity {
  if (number >= 21) return 'Critical';
  if (number >= 17) return 'Error';
  if (number >= 13) return 'Warning';
  return 'Info';
}
