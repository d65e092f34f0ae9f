import { v4 as uuidV4 } from 'uuid';
import { expected } from '../errors.js';
import { SEVERITIES, SEVERITY_EXPECTED, type Severity, severityRankOf } from './severity.js';
import { NANOS_EXPECTED, type Nanoseconds, Timestamp, toNanos } from './time.js';
import type { AttributeValue, TraceEvent } from './trace-event.js';
import { isUuid } from './uuid.js';

function requireString(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw expected('ERR_TRACE_EVENT', name, 'a string', value);
}

function requireNonEmpty(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw expected('ERR_TRACE_EVENT', name, 'a non-empty string', value);
}

function requireNanos(value: unknown, name: string): bigint {
  const nanos = toNanos(value);
  if (nanos !== undefined) return nanos;
  throw expected('ERR_TRACE_EVENT', name, NANOS_EXPECTED, value);
}

/**
 * Builds an event step by step. Every step throws TraceError `ERR_TRACE_EVENT` for a value the
 * field cannot have. `build()` may be called again: each event gets an id and a time of its own
 * unless they were given.
 */
export class TraceEventBuilder {
  #event: Partial<Omit<TraceEvent, 'attributes'>> = {};
  #attributes = new Map<string, string>();

  /** A UUID; stored in lower case. */
  withEventId(eventId: string): this {
    if (typeof eventId !== 'string' || !isUuid(eventId)) {
      throw expected('ERR_TRACE_EVENT', 'eventId', 'a UUID', eventId);
    }
    this.#event.eventId = eventId.toLowerCase();
    return this;
  }
  /** What happened; not empty. */
  withType(eventType: string): this {
    this.#event.eventType = requireNonEmpty(eventType, 'eventType');
    return this;
  }
  /** Who did it; not empty. */
  withComponent(component: string): this {
    this.#event.component = requireNonEmpty(component, 'component');
    return this;
  }
  /** When; otherwise the time of build(). */
  withTimestamp(timestamp: Nanoseconds): this {
    this.#event.timestampNs = requireNanos(timestamp, 'timestamp');
    return this;
  }
  /** How long it took; otherwise an instant. */
  withDuration(duration: Nanoseconds): this {
    this.#event.durationNs = requireNanos(duration, 'duration');
    return this;
  }
  /** The model concerned. */
  withModelId(modelId: string): this {
    this.#event.modelId = requireString(modelId, 'modelId');
    return this;
  }
  /** The decision chain it belongs to. */
  withRequestId(requestId: string): this {
    this.#event.requestId = requireString(requestId, 'requestId');
    return this;
  }
  /** Why, for a human reader. */
  withRationale(rationale: string): this {
    this.#event.rationale = requireString(rationale, 'rationale');
    return this;
  }
  /** How much it matters, in any case (`error`); otherwise Info. */
  withSeverity(severity: Severity | Lowercase<Severity>): this {
    const known = SEVERITIES[severityRankOf(severity)];
    if (known === undefined) {
      throw expected('ERR_TRACE_EVENT', 'severity', SEVERITY_EXPECTED, severity);
    }
    this.#event.severity = known;
    return this;
  }
  /** A further fact, stored as `String(value)`; a key given again replaces the value. */
  withAttribute(key: string, value: AttributeValue): this {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
      throw expected('ERR_TRACE_EVENT', `attribute ${key}`, 'a primitive', value);
    }
    this.#attributes.set(requireString(key, 'an attribute key'), String(value));
    return this;
  }
  /** Several further facts. */
  withAttributes(attributes: Readonly<Record<string, AttributeValue>>): this {
    if (typeof attributes !== 'object' || attributes === null) {
      throw expected('ERR_TRACE_EVENT', 'attributes', 'an object', attributes);
    }
    for (const [key, value] of Object.entries(attributes)) this.withAttribute(key, value);
    return this;
  }

  /** @throws TraceError `ERR_TRACE_EVENT` when the type or the component is missing. */
  build(): TraceEvent {
    const event = this.#event;
    return {
      eventId: event.eventId ?? uuidV4(),
      eventType: requireNonEmpty(event.eventType, 'eventType'),
      component: requireNonEmpty(event.component, 'component'),
      timestampNs: event.timestampNs ?? Timestamp.now().toNanos(),
      durationNs: event.durationNs ?? 0n,
      modelId: event.modelId ?? '',
      requestId: event.requestId ?? '',
      rationale: event.rationale ?? '',
      severity: event.severity ?? 'Info',
      attributes: Object.fromEntries(this.#attributes),
    };
  }
}
