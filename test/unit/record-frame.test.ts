import { describe, expect, it } from 'vitest';
import { native } from '../../src/collector/binding.js';
import { RecordFrame } from '../../src/collector/record-frame.js';
import { Duration, Timestamp } from '../../src/event/time.js';
import type { TraceEventInput } from '../../src/event/trace-event.js';

const { limits } = native;
const ID = '01234567-89ab-4def-8123-456789abcdef';
const minimal = { eventType: 't', component: 'c' };

/** The frame as native/addon/record_frame.hpp lays it out. */
function numbersOf(frame: RecordFrame) {
  const view = new DataView(frame.buffer);
  const word = (index: number) => view.getUint32(16 + 4 * index, true);
  const words = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => word(from + index));
  return {
    timestampNs: view.getBigInt64(0, true),
    durationNs: view.getBigInt64(8, true),
    flags: word(0),
    severity: word(1),
    truncated: word(2),
    attributeCount: word(3),
    lengths: words(4, 6),
    attributeLengths: words(10, 2 * word(3)),
  };
}

/** Submits an event; what native code is given, its strings joined, or undefined. */
function submit(frame: RecordFrame, event: unknown): string | undefined {
  let text: string | undefined;
  const refusal = frame.submit(event as TraceEventInput, (...strings) => {
    text = strings.join('');
  });
  expect(refusal === undefined).toBe(text !== undefined);
  return text;
}

/** Writes into a frame that already holds another event. */
function write(event: unknown) {
  const frame = new RecordFrame(() => undefined);
  const attributes = { before: 'before' };
  submit(frame, { ...minimal, timestampNs: 1n, durationNs: 1n, severity: 'Error', attributes });
  const text = submit(frame, event);
  return { text, ...numbersOf(frame) };
}

it('the frame has the size native code expects', () => {
  expect(new RecordFrame(() => undefined).buffer.byteLength).toBe(
    16 + 4 * (10 + 2 * limits.attributes),
  );
});

it('C6: hands over all strings and says how long each is', () => {
  const written = write({
    eventId: ID,
    eventType: 'type',
    component: 'comp',
    timestampNs: -1n,
    durationNs: 2n ** 63n - 1n,
    modelId: 'é',
    requestId: '😀',
    rationale: 'why',
    severity: 'Critical',
    attributes: { a: 1, '': 'x' },
  });
  expect(written).toEqual({
    text: `typecompé😀why${ID}a1x`,
    timestampNs: -1n,
    durationNs: 2n ** 63n - 1n,
    flags: 3,
    severity: 3,
    truncated: 0,
    attributeCount: 2,
    lengths: [4, 4, 1, 2, 3, 36],
    attributeLengths: [1, 1, 0, 1],
  });
});

it('C6: what an event leaves out is not left over from the event before', () => {
  for (const absent of [undefined, null]) {
    const written = write({
      ...minimal,
      eventId: absent,
      timestampNs: absent,
      durationNs: absent,
      modelId: absent,
      requestId: absent,
      rationale: absent,
      severity: absent,
      attributes: absent,
    });
    expect(written).toMatchObject({
      text: 'tc',
      flags: 0,
      severity: 0,
      truncated: 0,
      attributeCount: 0,
      lengths: [1, 1, 0, 0, 0, 0],
    });
  }
});

it('C11: takes nanoseconds in each of their forms', () => {
  const of = (timestampNs: unknown, durationNs: unknown) => {
    const written = write({ ...minimal, timestampNs, durationNs });
    return [written.text, written.timestampNs, written.durationNs];
  };
  expect(of(7, -7)).toEqual(['tc', 7n, -7n]);
  expect(of(Timestamp.fromNanos(5), Duration.fromMicros(5))).toEqual(['tc', 5n, 5_000n]);
});

it('C4: an attribute of any primitive becomes a string', () => {
  const attributes = { n: 1.5, b: 2n, t: true, z: null, u: undefined, s: Symbol('q') };
  const { text } = write({ ...minimal, attributes });
  expect(text).toBe('tcn1.5b2ttrueznulluundefinedsSymbol(q)');
});

describe('cuts before it copies, one unit more than native code keeps', () => {
  it.each([
    ['eventType', 0, limits.identifierBytes],
    ['component', 1, limits.identifierBytes],
    ['modelId', 2, limits.identifierBytes],
    ['requestId', 3, limits.identifierBytes],
    ['rationale', 4, limits.rationaleBytes],
  ])('%s', (field, index, limit) => {
    const lengthOf = (length: number) =>
      write({ ...minimal, [field]: 'x'.repeat(length) }).lengths[index];
    expect([lengthOf(limit), lengthOf(limit + 1), lengthOf(limit * 10)]).toEqual([
      limit,
      limit + 1,
      limit + 1,
    ]);
  });

  it('an attribute key and value', () => {
    const attributes = { ['k'.repeat(1_000)]: 'v'.repeat(100_000) };
    expect(write({ ...minimal, attributes }).attributeLengths).toEqual([
      limits.attributeKeyBytes + 1,
      limits.attributeValueBytes + 1,
    ]);
  });

  it('the number of attributes, and says so', () => {
    const entries = Array.from({ length: limits.attributes + 1 }, (_, index) => [`k${index}`, 'v']);
    const all = write({ ...minimal, attributes: Object.fromEntries(entries) });
    expect([all.attributeCount, all.truncated]).toEqual([limits.attributes, 32]);
    const allowed = Object.fromEntries(entries.slice(1));
    const fitting = write({ ...minimal, attributes: allowed });
    expect([fitting.attributeCount, fitting.truncated]).toEqual([limits.attributes, 0]);
  });

  it('all attributes together at the size of a record', () => {
    const entries = Array.from({ length: 60 }, (_, index) => [`k${index}`, 'v'.repeat(1_000)]);
    const written = write({ ...minimal, attributes: Object.fromEntries(entries) });
    expect(written.truncated).toBe(32);
    expect(written.text?.length).toBeLessThanOrEqual(limits.recordBytes + 2);
    expect(written.attributeCount).toBe(16);
  });

  it('an attribute that is no primitive, keeping the others', () => {
    const attributes = { a: {}, b: 'kept', c: () => 1, d: [] };
    expect(write({ ...minimal, attributes })).toMatchObject({ text: 'tcbkept', truncated: 32 });
  });
});

describe('cannot be stored', () => {
  const badNanos: [string, unknown][] = [
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['a fraction', 0.5],
    ['beyond int64', 2n ** 63n],
    ['below int64', -(2n ** 63n) - 1n],
    ['already rounded', 2 ** 53],
    ['text', '5'],
    ['an object', {}],
    ['true', true],
  ];
  it.each([
    ['no type', { component: 'c' }],
    ['no component', { eventType: 't' }],
    ['a type that is a number', { ...minimal, eventType: 5 }],
    ['a String object for a type', { ...minimal, eventType: new String('t') }],
    ['an unknown severity', { ...minimal, severity: 'notice' }],
    ['a severity of 0', { ...minimal, severity: 0 }],
    ['a model of 0', { ...minimal, modelId: 0 }],
    ['a request of false', { ...minimal, requestId: false }],
    ['a rationale object', { ...minimal, rationale: {} }],
    ['an id of 5', { ...minimal, eventId: 5 }],
    ['attributes of text', { ...minimal, attributes: 'ab' }],
    ['attributes in an array', { ...minimal, attributes: ['a'] }],
    ['an attributes function', { ...minimal, attributes: () => 1 }],
    ...badNanos.map(([name, value]) => [
      `a timestamp: ${name}`,
      { ...minimal, timestampNs: value },
    ]),
    ...badNanos.map(([name, value]) => [`a duration: ${name}`, { ...minimal, durationNs: value }]),
  ] as [string, unknown][])('%s', (_, event) => {
    expect(write(event).text).toBeUndefined();
  });
});

it('reads each property of an event once', () => {
  const reads: string[] = [];
  const event = new Proxy(
    { ...minimal, severity: 'Error', timestampNs: 1n, attributes: { k: 'v' } },
    {
      get(target, name, receiver) {
        reads.push(String(name));
        return Reflect.get(target, name, receiver) as unknown;
      },
    },
  );
  expect(write(event).text).toBe('tckv');
  expect(reads.toSorted()).toEqual([
    'attributes',
    'component',
    'durationNs',
    'eventId',
    'eventType',
    'modelId',
    'rationale',
    'requestId',
    'severity',
    'timestampNs',
  ]);
});

it('writes nothing before the last getter has run', () => {
  const frame = new RecordFrame(() => undefined);
  const inner = { ...minimal, rationale: 'inner', timestampNs: 1n, attributes: { inner: 'x' } };
  const outer = {
    eventType: 'outer',
    component: 'outer',
    timestampNs: 2n,
    durationNs: 3n,
    attributes: {
      first: 'y',
      get last() {
        submit(frame, inner);
        return 'z';
      },
    },
  };
  expect(submit(frame, outer)).toBe('outerouterfirstylastz');
  expect(numbersOf(frame)).toMatchObject({
    timestampNs: 2n,
    durationNs: 3n,
    flags: 3,
    lengths: [5, 5, 0, 0, 0, 0],
    attributeLengths: [5, 1, 4, 1],
  });
});
