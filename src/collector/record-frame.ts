import { currentRequestId } from '../event/current-operation.js';
import { SEVERITY_EXPECTED, severityRankOf } from '../event/severity.js';
import { NANOS_EXPECTED, toNanos } from '../event/time.js';
import type { AttributeValue, TraceEventInput } from '../event/trace-event.js';
import { isUuid } from '../event/uuid.js';
import { AttributeList, AttributeText } from './attribute-list.js';
import { native, type RecordStrings } from './binding.js';
import {
  FRAME_ATTRIBUTE_COUNT,
  FRAME_ATTRIBUTE_LENGTHS,
  FRAME_DURATION,
  FRAME_FLAGS,
  FRAME_HAS_DURATION,
  FRAME_HAS_TIMESTAMP,
  FRAME_LENGTHS,
  FRAME_SEVERITY,
  FRAME_TIMES_BYTES,
  FRAME_TIMESTAMP,
  FRAME_TRUNCATED,
  TRUNCATED_ATTRIBUTES,
} from './layout.js';
import { type Refusal, refused } from './refusal.js';

const limits = native.limits;
const FRAME_BYTES = FRAME_TIMES_BYTES + 4 * (FRAME_ATTRIBUTE_LENGTHS + 2 * limits.attributes);

/**
 * Cuts what native code would cut anyway, before it is copied. One unit more than the limit is kept:
 * a UTF-16 unit is at least a byte, so native code still sees that it is too long, and flags it.
 */
function cut(text: string, limitBytes: number): string {
  return text.length > limitBytes ? text.slice(0, limitBytes + 1) : text;
}

/** An optional string of an event, cut; what is something else as it came. */
function optionalText(value: unknown, limitBytes: number): unknown {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? cut(value, limitBytes) : value;
}

const TEXT = 'a non-empty string';
const STRING = 'a string';

function readAttributes(
  attributes: Readonly<Record<string, AttributeValue>>,
  out: AttributeText,
): void {
  out.clear();
  for (const key of Object.keys(attributes)) {
    const value: unknown = attributes[key];
    if (out.count === 2 * limits.attributes) {
      out.truncated = true;
      return;
    }
    if (value !== null && (typeof value === 'object' || typeof value === 'function')) {
      out.truncated = true;
      continue;
    }
    const keyText = cut(key, limits.attributeKeyBytes);
    const valueText = cut(
      typeof value === 'string' ? value : String(value),
      limits.attributeValueBytes,
    );
    if (out.text.length + keyText.length + valueText.length > limits.recordBytes) {
      out.truncated = true;
    } else out.add(keyText, valueText);
  }
}

const NO_ATTRIBUTES = new AttributeText();

/**
 * The memory through which an event's numbers, and the lengths of its strings, are handed to native
 * code: writing them here costs a nanosecond each, an argument some ten.
 */
export class RecordFrame {
  readonly buffer = new ArrayBuffer(FRAME_BYTES);
  readonly #times = new BigInt64Array(this.buffer, 0, 2);
  readonly #words = new Uint32Array(this.buffer, FRAME_TIMES_BYTES);
  /** Undefined while an event is being read, of which a getter may record another one. */
  #attributes: AttributeText | undefined = new AttributeText();
  readonly #onFileNotice: () => void;

  /** `onFileNotice` is called when something has happened to the ring's file. */
  constructor(onFileNotice: () => void) {
    this.#onFileNotice = onFileNotice;
  }

  /**
   * Takes an event apart and hands it over. Reads every property once, and all of them before the
   * first write: a getter may record an event of its own.
   *
   * @returns why the event cannot be stored; then nothing was handed over. Undefined when it was.
   */
  submit(event: TraceEventInput, record: RecordStrings): Refusal | undefined {
    const eventType: unknown = event.eventType;
    const component: unknown = event.component;
    if (typeof eventType !== 'string' || eventType === '')
      return refused('eventType', TEXT, eventType);
    if (typeof component !== 'string' || component === '')
      return refused('component', TEXT, component);
    const eventId = optionalText(event.eventId, limits.identifierBytes);
    if (typeof eventId !== 'string' || (eventId !== '' && !isUuid(eventId))) {
      return refused('eventId', 'a UUID', eventId);
    }
    const modelId = optionalText(event.modelId, limits.identifierBytes);
    if (typeof modelId !== 'string') return refused('modelId', STRING, modelId);
    const namedRequestId = optionalText(event.requestId, limits.identifierBytes);
    if (typeof namedRequestId !== 'string') return refused('requestId', STRING, namedRequestId);
    const rationale = optionalText(event.rationale, limits.rationaleBytes);
    if (typeof rationale !== 'string') return refused('rationale', STRING, rationale);
    const severity = event.severity ?? 'Info';
    const rank = severity === 'Info' ? 0 : severityRankOf(severity);
    if (rank < 0) return refused('severity', SEVERITY_EXPECTED, severity);

    let flags = 0;
    let timestamp = 0n;
    let duration = 0n;
    const givenTimestamp = event.timestampNs ?? undefined;
    if (givenTimestamp !== undefined) {
      const nanos = toNanos(givenTimestamp);
      if (nanos === undefined) return refused('timestampNs', NANOS_EXPECTED, givenTimestamp);
      timestamp = nanos;
      flags |= FRAME_HAS_TIMESTAMP;
    }
    const givenDuration = event.durationNs ?? undefined;
    if (givenDuration !== undefined) {
      const nanos = toNanos(givenDuration);
      if (nanos === undefined) return refused('durationNs', NANOS_EXPECTED, givenDuration);
      duration = nanos;
      flags |= FRAME_HAS_DURATION;
    }
    const givenAttributes = event.attributes ?? undefined;
    let attributes = NO_ATTRIBUTES;
    if (givenAttributes !== undefined) {
      if (typeof givenAttributes !== 'object' || Array.isArray(givenAttributes)) {
        return refused('attributes', 'an object', givenAttributes);
      }
      const list = AttributeList.textOf(givenAttributes);
      if (list === undefined) {
        attributes = this.#attributes ?? new AttributeText();
        this.#attributes = undefined;
        readAttributes(givenAttributes, attributes);
        this.#attributes = attributes;
      } else attributes = list;
    }

    // An event that names no request belongs to the operation in which it is recorded.
    const requestId = namedRequestId === '' ? currentRequestId() : namedRequestId;
    const type = cut(eventType, limits.identifierBytes);
    const source = cut(component, limits.identifierBytes);
    const words = this.#words;
    if ((flags & FRAME_HAS_TIMESTAMP) !== 0) this.#times[FRAME_TIMESTAMP] = timestamp;
    if ((flags & FRAME_HAS_DURATION) !== 0) this.#times[FRAME_DURATION] = duration;
    words[FRAME_FLAGS] = flags;
    words[FRAME_SEVERITY] = rank;
    words[FRAME_TRUNCATED] = attributes.truncated ? TRUNCATED_ATTRIBUTES : 0;
    words[FRAME_LENGTHS] = type.length;
    words[FRAME_LENGTHS + 1] = source.length;
    words[FRAME_LENGTHS + 2] = modelId.length;
    words[FRAME_LENGTHS + 3] = requestId.length;
    words[FRAME_LENGTHS + 4] = rationale.length;
    words[FRAME_LENGTHS + 5] = eventId.length;
    const { count, lengths } = attributes;
    words[FRAME_ATTRIBUTE_COUNT] = count / 2;
    for (let i = 0; i < count; i++) words[FRAME_ATTRIBUTE_LENGTHS + i] = lengths[i] as number;
    const rest = eventId + attributes.text;
    const hasNotice = record(type, source, modelId, requestId, rationale, rest);
    if (hasNotice === true) this.#onFileNotice();
    return undefined;
  }
}
