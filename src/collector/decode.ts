import type { RecordedEvent } from '../event/recorded-event.js';
import { SEVERITIES, type Severity } from '../event/severity.js';
import type { TraceEvent } from '../event/trace-event.js';
import {
  ATTRIBUTE_HEADER_BYTES,
  RECORD_ATTRIBUTE_COUNT,
  RECORD_DURATION_NS,
  RECORD_EVENT_ID,
  RECORD_FLAGS,
  RECORD_IS_ASCII,
  RECORD_LENGTH,
  RECORD_SEVERITY,
  RECORD_STRING_LENGTHS,
  RECORD_TIMESTAMP_NS,
  RECORD_TRUNCATED,
} from './layout.js';

/** The strings of a record that has left the ring, which has its id. */
const STRINGS = RECORD_EVENT_ID + 16;

const UUID_LENGTH = 36;

/** The attribute under which an event says which of its fields were cut when it was recorded. */
export const TRUNCATED_ATTRIBUTE = 'aegis.truncated';
/** The bits of `truncated` from the lowest, as in native/core/record/record.hpp. */
const TRUNCATED_FIELDS = [
  'event_type',
  'component',
  'model_id',
  'request_id',
  'rationale',
  'attributes',
];

/** How long decoding may hold the event loop before it lets others run. */
const SLICE_MS = 4;
const EVENTS_PER_CLOCK_CHECK = 64;

/** Walks the records of one native answer. */
class RecordCursor {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = 0;

  /** @param offset of the first record. */
  constructor(records: ArrayBuffer, offset = 0) {
    this.#bytes = Buffer.from(records);
    this.#view = new DataView(records);
    this.#at = offset;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** @param eventId the text of the record's id, where that is known. */
  next(eventId?: string): TraceEvent {
    const view = this.#view;
    const start = this.#at;
    const end = start + view.getUint32(start + RECORD_LENGTH, true);
    let at = start + STRINGS;
    // All strings in one go where a byte is a character: each call of toString costs as much as five slices.
    const isAscii = (view.getUint8(start + RECORD_FLAGS) & RECORD_IS_ASCII) !== 0;
    const ascii = isAscii ? this.#bytes.toString('latin1', at, end) : undefined;
    const take = (length: number): string => {
      if (length === 0) return '';
      const from = at;
      at += length;
      if (ascii === undefined) return this.#bytes.toString('utf8', from, at);
      return ascii.slice(from - start - STRINGS, at - start - STRINGS);
    };
    const text = (index: number) =>
      take(view.getUint16(start + RECORD_STRING_LENGTHS + 2 * index, true));
    // In the order in which the strings lie.
    const eventType = text(0);
    const component = text(1);
    const modelId = text(2);
    const requestId = text(3);
    const rationale = text(4);
    const attributes: Record<string, string> = {};
    const count = view.getUint16(start + RECORD_ATTRIBUTE_COUNT, true);
    for (let i = 0; i < count; i++) {
      const keyLength = view.getUint16(at, true);
      const valueLength = view.getUint16(at + 2, true);
      at += ATTRIBUTE_HEADER_BYTES;
      setAttribute(attributes, take(keyLength), take(valueLength));
    }
    const truncated = view.getUint16(start + RECORD_TRUNCATED, true);
    if (truncated !== 0) {
      attributes[TRUNCATED_ATTRIBUTE] = TRUNCATED_FIELDS.filter(
        (_, bit) => (truncated & (1 << bit)) !== 0,
      ).join(',');
    }
    this.#at = end;
    return {
      eventId: eventId ?? this.#uuid(start + RECORD_EVENT_ID),
      eventType,
      component,
      timestampNs: view.getBigInt64(start + RECORD_TIMESTAMP_NS, true),
      durationNs: view.getBigInt64(start + RECORD_DURATION_NS, true),
      modelId,
      requestId,
      rationale,
      severity: SEVERITIES[view.getUint8(start + RECORD_SEVERITY)] as Severity,
      attributes,
    };
  }

  #uuid(at: number): string {
    const hex = this.#bytes.toString('hex', at, at + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}

function setAttribute(attributes: Record<string, string>, key: string, value: string): void {
  if (key !== '__proto__') {
    attributes[key] = value;
    return;
  }
  // Assignment would set the prototype.
  Object.defineProperty(attributes, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

/** Turns what native code returned into events. */
export function decodeEvents(records: ArrayBuffer): TraceEvent[] {
  const cursor = new RecordCursor(records);
  const events: TraceEvent[] = [];
  while (!cursor.done) events.push(cursor.next());
  return events;
}

/**
 * Turns records with their places into events. The layout: the number of records, then lane and sequence
 * of each, all as doubles, then the records, then the text of their ids.
 */
export function decodeRecordedEvents(buffer: ArrayBuffer): RecordedEvent[] {
  const [count] = new Float64Array(buffer, 0, 1) as unknown as [number];
  const places = new Float64Array(buffer, Float64Array.BYTES_PER_ELEMENT, 2 * count);
  const cursor = new RecordCursor(buffer, places.byteOffset + places.byteLength);
  const ids = Buffer.from(buffer, buffer.byteLength - count * UUID_LENGTH).toString('latin1');
  const events = new Array<RecordedEvent>(count);
  for (let i = 0; i < count; i++) {
    events[i] = {
      lane: places[2 * i] as number,
      sequence: places[2 * i + 1] as number,
      event: cursor.next(ids.slice(i * UUID_LENGTH, (i + 1) * UUID_LENGTH)),
    };
  }
  return events;
}

/** The same without holding the event loop for more than a few milliseconds at a time. */
export async function decodeEventsInSlices(records: ArrayBuffer): Promise<TraceEvent[]> {
  const cursor = new RecordCursor(records);
  const events: TraceEvent[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  while (!cursor.done) {
    events.push(cursor.next());
    if (events.length % EVENTS_PER_CLOCK_CHECK !== 0 || performance.now() < sliceEnd) continue;
    await new Promise((resolve) => setImmediate(resolve));
    sliceEnd = performance.now() + SLICE_MS;
  }
  return events;
}
