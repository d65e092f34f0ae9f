import { describe, expect, it } from 'vitest';
import { Duration, Timestamp } from '../../src/event/time.js';
import type { TraceEvent } from '../../src/event/trace-event.js';
import { TraceEventBuilder } from '../../src/event/trace-event-builder.js';
import { expectTraceError } from '../support/collect.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const minimal = () => new TraceEventBuilder().withType('t').withComponent('c');
/** The builder as JavaScript sees it, which checks no types. */
// biome-ignore lint/suspicious/noExplicitAny: values that TypeScript would refuse are the point.
const untyped = (): any => new TraceEventBuilder();

it('C5: builds an event from every step', () => {
  const event = minimal()
    .withEventId('01234567-89AB-4DEF-8123-456789ABCDEF')
    .withTimestamp(5n)
    .withDuration(Duration.fromMicros(45))
    .withModelId('m')
    .withRequestId('r')
    .withRationale('why')
    .withSeverity('Critical')
    .withAttribute('one', 1)
    .withAttributes({ two: 2n, three: null, four: undefined, five: false })
    .build();
  expect(event).toEqual({
    eventId: '01234567-89ab-4def-8123-456789abcdef',
    eventType: 't',
    component: 'c',
    timestampNs: 5n,
    durationNs: 45_000n,
    modelId: 'm',
    requestId: 'r',
    rationale: 'why',
    severity: 'Critical',
    attributes: { one: '1', two: '2', three: 'null', four: 'undefined', five: 'false' },
  } satisfies TraceEvent);
});

it('C5: gives id, time and the other defaults where they are not given', () => {
  const before = process.hrtime.bigint();
  const event = minimal().build();
  const { eventId, timestampNs, ...rest } = event;
  expect(eventId).toMatch(UUID);
  expect(timestampNs >= before && timestampNs <= process.hrtime.bigint()).toBe(true);
  expect(rest).toEqual({
    eventType: 't',
    component: 'c',
    durationNs: 0n,
    modelId: '',
    requestId: '',
    rationale: '',
    severity: 'Info',
    attributes: {},
  });
});

it('C5: build() again gives another event with its own id and time, sharing nothing', () => {
  const builder = minimal().withAttribute('k', 'v');
  const first = builder.build();
  first.attributes.k = 'changed';
  const second = builder.build();
  expect(second.eventId).not.toBe(first.eventId);
  expect(second.timestampNs >= first.timestampNs).toBe(true);
  expect(second.attributes).toEqual({ k: 'v' });
});

it('C5: a given id and time stay the same in every build()', () => {
  const id = '01234567-89ab-4def-8123-456789abcdef';
  const builder = minimal().withEventId(id).withTimestamp(Timestamp.fromNanos(9));
  for (const event of [builder.build(), builder.build()]) {
    expect([event.eventId, event.timestampNs]).toEqual([id, 9n]);
  }
});

it('C4: what it builds is a plain object that structuredClone keeps', () => {
  const event = minimal().withAttribute('k', 'v').build();
  expect(structuredClone(event)).toEqual(event);
  expect(Object.getPrototypeOf(event)).toBe(Object.prototype);
});

it('C4: an attribute named __proto__ is data', () => {
  const { attributes } = minimal().withAttribute('__proto__', 'x').build();
  expect(Object.entries(attributes)).toEqual([['__proto__', 'x']]);
  expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
  const given = JSON.parse('{"__proto__":"y"}') as Record<string, string>;
  expect(Object.entries(minimal().withAttributes(given).build().attributes)).toEqual([
    ['__proto__', 'y'],
  ]);
});

describe('C5: refuses', () => {
  it.each([
    ['no type', () => untyped().withComponent('c').build(), /eventType must be a non-empty string/],
    ['no component', () => untyped().withType('t').build(), /component must be a non-empty string/],
    ['an empty type', () => untyped().withType(''), /eventType must be a non-empty string; got ""/],
    ['an empty component', () => untyped().withComponent(''), /component .*; got ""/],
    ['a type that is a number', () => untyped().withType(7), /eventType .*; got 7/],
    ['an id that is no UUID', () => untyped().withEventId('x'), /eventId must be a UUID; got "x"/],
    ['an id that is no string', () => untyped().withEventId(null), /eventId .*; got null/],
    [
      'an unknown severity',
      () => untyped().withSeverity('notice'),
      /one of Info, .*; got "notice"/,
    ],
    ['a duration of NaN', () => untyped().withDuration(Number.NaN), /duration .*; got NaN/],
    ['a duration of Infinity', () => untyped().withDuration(Infinity), /duration .*; got Infinity/],
    ['a fractional duration', () => untyped().withDuration(0.5), /duration .*; got 0.5/],
    [
      'a duration beyond int64',
      () => untyped().withDuration(2n ** 63n),
      /; got 922337203685477580/,
    ],
    ['a duration as text', () => untyped().withDuration('5'), /duration must be int64 nanoseconds/],
    ['no timestamp', () => untyped().withTimestamp(undefined), /timestamp .*; got undefined/],
    ['a rounded timestamp', () => untyped().withTimestamp(2 ** 60), /timestamp .*; got 1152921504/],
    ['a model that is no string', () => untyped().withModelId({}), /modelId .*; got an object/],
    ['a request that is no string', () => untyped().withRequestId(1), /requestId .*; got 1/],
    ['a rationale that is no string', () => untyped().withRationale([]), /; got an array/],
    [
      'an attribute object',
      () => untyped().withAttribute('k', {}),
      /attribute k must be a primitiv/,
    ],
    ['an attribute function', () => untyped().withAttribute('k', () => 1), /; got a function/],
    [
      'an attribute key of 1',
      () => untyped().withAttribute(1, ''),
      /an attribute key must be a str/,
    ],
    ['attributes of null', () => untyped().withAttributes(null), /attributes .*; got null/],
    ['attributes of text', () => untyped().withAttributes('ab'), /attributes .*; got "ab"/],
  ])('%s', async (_, action, message) => {
    await expectTraceError(action, 'ERR_TRACE_EVENT', message);
  });

  it('a long value without repeating all of it', async () => {
    const action = () => untyped().withSeverity('x'.repeat(1e6));
    const error = await expectTraceError(action, 'ERR_TRACE_EVENT', /…/);
    expect(error.message.length).toBeLessThan(200);
  });
});

it("an error of the caller's own getter comes through as it is", () => {
  const failure = new Error('mine');
  const attributes = {
    get k(): string {
      throw failure;
    },
  };
  expect(() => minimal().withAttributes(attributes)).toThrow(failure);
});
