import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EVENT_JSON_FIELDS,
  formatEventJson,
  formatEventsJson,
  parseEventJson,
} from '../../src/event/json-event.js';
import { expectTraceError } from '../support/collect.js';
import { anyEvent, comparable } from '../support/random-event.js';
import { makeEvent } from '../support/write-export.js';

const TEXT =
  '{"event_id":"01234567-89ab-4def-8123-456789abcdef","event_type":"t","component":"c",' +
  '"timestamp_ns":-5,"duration_ns":9007199254740993,"model_id":"m","request_id":"r",' +
  '"rationale":"why \\"timestamp_ns\\":5","severity":"Error","attributes":{"timestamp_ns":"6"}}';

const EVENT = makeEvent({
  eventType: 't',
  component: 'c',
  timestampNs: -5n,
  durationNs: 9007199254740993n,
  modelId: 'm',
  requestId: 'r',
  rationale: 'why "timestamp_ns":5',
  severity: 'Error',
  attributes: { timestamp_ns: '6' },
});

function withField(name: string, json: string): string {
  const fields = Object.entries(JSON.parse(TEXT) as object).map(
    ([key, value]) => `"${key}":${key === name ? json : JSON.stringify(value)}`,
  );
  return `{${fields.join(',')}}`;
}

it('C9: maps every field between a file and an event, both ways', () => {
  expect(parseEventJson(TEXT)).toEqual(EVENT);
  expect(formatEventJson(EVENT)).toBe(TEXT);
});

it.each([0, 1, 3])('C11: %i events of a query become a JSON array, exact, one a line', (count) => {
  const events = Array.from({ length: count }, () => EVENT);
  const text = formatEventsJson(events);
  expect(JSON.parse(text)).toEqual(events.map(() => JSON.parse(TEXT)));
  expect(text.split('\n').filter((line) => line.startsWith(TEXT))).toHaveLength(count);
});

it('C11: any event survives the way into a file and back', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      expect(comparable(parseEventJson(formatEventJson(event)))).toEqual(comparable(event));
    }),
  );
});

it('keeps an attribute named __proto__ as data', () => {
  const { attributes } = parseEventJson(withField('attributes', '{"__proto__":"x"}'));
  expect(Object.entries(attributes)).toEqual([['__proto__', 'x']]);
  expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
});

it('accepts an escaped name and an escaped digit-like string', () => {
  const escaped = TEXT.replace('"timestamp_ns":-5', String.raw`"timestamp\u005fns":-7`);
  expect(parseEventJson(escaped).timestampNs).toBe(-7n);
});

describe('refuses', () => {
  it.each([
    ['timestamp_ns', '1.0', /timestamp_ns must be an integer of 64 bits; got "1.0"/],
    ['timestamp_ns', '1e3', /timestamp_ns must be an integer/],
    ['timestamp_ns', '"5"', /timestamp_ns must be an integer/],
    ['timestamp_ns', '9223372036854775808', /got "9223372036854775808"/],
    ['duration_ns', '-9223372036854775809', /duration_ns must be an integer/],
    ['duration_ns', 'null', /duration_ns must be an integer of 64 bits; got null/],
    ['event_id', '"0123"', /event_id must be a UUID in lower case; got "0123"/],
    ['event_id', '"01234567-89AB-4def-8123-456789abcdef"', /event_id/],
    ['event_type', '""', /event_type must be a non-empty string; got ""/],
    ['component', '7', /component must be a non-empty string; got 7/],
    ['model_id', 'null', /model_id must be a string; got null/],
    ['severity', '"Fatal"', /severity must be one of Info, Warning, Error, Critical; got "Fatal"/],
    ['attributes', '[]', /attributes must be an object; got an array/],
    ['attributes', 'null', /attributes must be an object; got null/],
    ['attributes', '{"k":1}', /attribute "k" must be a string; got 1/],
    ['attributes', '{"__proto__":{}}', /attribute "__proto__" must be a string/],
    ['attributes', '{"k":"1","k":"2"}', /once/],
  ])('%s: %s', async (field, json, message) => {
    await expectTraceError(
      () => parseEventJson(withField(field, json)),
      'ERR_TRACE_FORMAT',
      message,
    );
  });

  it.each([
    ['no JSON', '{"event_id"', /an event must be JSON/],
    ['no object', '[]', /an event must be a JSON object; got an array/],
    ['a raw control character', TEXT.replace('"t"', '"\u0001"'), /must be JSON/],
    ['an unknown field', TEXT.replace('{', '{"extra":1,'), /known fields only; got "extra"/],
    ['a field twice', TEXT.replace('{', '{"component":"other",'), /once/],
    ['an inherited name for a field', TEXT.replace('"severity"', '"toString"'), /"severity"/],
  ])('%s', async (_, text, message) => {
    await expectTraceError(() => parseEventJson(text), 'ERR_TRACE_FORMAT', message);
  });

  it.each(EVENT_JSON_FIELDS)('an event without %s', async (field) => {
    const { [field]: _, ...rest } = JSON.parse(TEXT) as Record<string, unknown>;
    const message = new RegExp(`must have "${field}"`);
    await expectTraceError(() => parseEventJson(JSON.stringify(rest)), 'ERR_TRACE_FORMAT', message);
  });
});

it('C9: the reader and the JSON Schema accept the same events', () => {
  const url = new URL('../../src/export/trace-export.schema.json', import.meta.url);
  const schema = JSON.parse(readFileSync(url, 'utf8')) as { $id: string };
  const ajv = new Ajv2020({ schemas: [schema] });
  const conforms = ajv.compile({ $ref: `${schema.$id}#/$defs/event` });
  const anything = fc.oneof(
    fc.constantFrom('', 'Info', 'info', null, true, 0, -1, 1.5, 2 ** 53 - 1),
    fc.string(),
    fc.object({ maxDepth: 1 }),
    fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
    fc.uuid(),
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.constantFrom(...EVENT_JSON_FIELDS, 'extra'), anything, (field, value) => {
      const fields = JSON.parse(TEXT) as Record<string, unknown>;
      fields.duration_ns = 1;
      fields[field] = value;
      const text = JSON.stringify(fields);
      let read = true;
      try {
        parseEventJson(text);
      } catch {
        read = false;
      }
      if (read) accepted++;
      expect(read).toBe(conforms(JSON.parse(text)));
    }),
    { numRuns: 2_000 },
  );
  expect(accepted).toBeGreaterThan(20);
});
