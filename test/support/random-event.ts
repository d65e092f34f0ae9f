import fc from 'fast-check';
import { SEVERITIES } from '../../src/event/severity.js';
import type { TraceEvent } from '../../src/event/trace-event.js';

const HEX = '0123456789abcdef';
const text = fc.string({ unit: 'binary', maxLength: 20 });
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const uuid = fc
  .string({ unit: fc.constantFrom(...HEX), minLength: 32, maxLength: 32 })
  .map((hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));

const attributeKey = fc.oneof(
  text,
  fc.constantFrom('__proto__', 'constructor', 'timestamp_ns', '7', '"timestamp_ns":5', '{', ']'),
);

/** Attributes as `JSON.parse` makes them: also `__proto__` is a property of their own. */
export function makeAttributes(entries: readonly (readonly [string, string])[]) {
  const attributes: Record<string, string> = {};
  for (const [key, value] of entries) {
    const property = { value, enumerable: true, configurable: true, writable: true };
    Object.defineProperty(attributes, key, property);
  }
  return attributes;
}

/** Any event that a collector could have written. */
export const anyEvent: fc.Arbitrary<TraceEvent> = fc.record({
  eventId: uuid,
  eventType: name,
  component: name,
  timestampNs: int64,
  durationNs: int64,
  modelId: text,
  requestId: text,
  rationale: text,
  severity: fc.constantFrom(...SEVERITIES),
  attributes: fc.array(fc.tuple(attributeKey, text), { maxLength: 4 }).map(makeAttributes),
});

/** An event in a form that can be compared: deep equality of objects ignores `__proto__`. */
export function comparable(event: TraceEvent): unknown {
  return Object.entries({ ...event, attributes: Object.entries(event.attributes) });
}
