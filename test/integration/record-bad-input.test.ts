// The "Bad input" of record(): it never throws because of an event. What cannot be stored is counted.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { Duration, Timestamp } from '../../src/event/time.js';
import type { TraceEvent, TraceEventInput } from '../../src/event/trace-event.js';

let collector: TraceCollector;
beforeEach(() => {
  collector = new TraceCollector({ capacity: 10 });
});
afterEach(() => collector.close());

const minimal = { eventType: 't', component: 'c' };
const MIB_256 = 256 * 1024 * 1024;

/** Records what TypeScript would refuse. */
const record = (event: unknown) => collector.record(event as TraceEventInput);

/** Records one event that is accepted and returns it. */
function recorded(event: unknown): TraceEvent {
  record(event);
  expect(collector.stats()).toMatchObject({ size: 1, recorded: 1, rejected: 0 });
  return collector.query()[0] as TraceEvent;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function throwing(name: string): object {
  return {
    ...minimal,
    get [name](): never {
      throw new Error(`the getter of ${name}`);
    },
  };
}

const badNanos: [string, unknown][] = [
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['a fraction', 1.5],
  ['int64 maximum + 1', 2n ** 63n],
  ['int64 minimum - 1', -(2n ** 63n) - 1n],
  ['2^53 as a number', 2 ** 53],
  ['text', '45000'],
  ['a Date', new Date()],
  ['an object', { valueOf: () => 5n }],
  ['a forged Duration', Object.create(Duration.prototype, { nanos: { value: 2n ** 64n + 5n } })],
  ['a forged Timestamp', Object.create(Timestamp.prototype, { nanos: { value: '5' } })],
];

describe('C6: counts as rejected, without throwing,', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['a symbol', Symbol('s')],
    ['text', 'event'],
    ['an empty object', {}],
    ['an array', []],
    ['no type', { component: 'c' }],
    ['no component', { eventType: 't' }],
    ['an empty type', { ...minimal, eventType: '' }],
    ['an empty component', { ...minimal, component: '' }],
    ['an unknown severity', { ...minimal, severity: 'Fatal' }],
    ['a severity of 99', { ...minimal, severity: 99 }],
    ['an id that is no UUID', { ...minimal, eventId: 'not-a-uuid' }],
    ['an id with a brace', { ...minimal, eventId: '{0123456-89ab-4def-8123-456789abcdef' }],
    ['an id of 37 characters', { ...minimal, eventId: '01234567-89ab-4def-8123-456789abcdef0' }],
    ['an id beyond ASCII', { ...minimal, eventId: '01234567-89ab-4def-8123-456789abcdeé' }],
    ['a revoked proxy', revoked()],
    ['a revoked proxy for attributes', { ...minimal, attributes: revoked() }],
    ['a revoked proxy for a timestamp', { ...minimal, timestampNs: revoked() }],
    [
      'a proxy whose traps throw',
      new Proxy(minimal, {
        get() {
          throw new Error('trap');
        },
      }),
    ],
    [
      'attributes whose keys cannot be listed',
      {
        ...minimal,
        attributes: new Proxy(
          {},
          {
            ownKeys() {
              throw new Error('trap');
            },
          },
        ),
      },
    ],
    ['an attribute getter that throws', { ...minimal, attributes: throwing('k') }],
    ...Object.keys({
      ...minimal,
      eventId: 0,
      timestampNs: 0,
      durationNs: 0,
      modelId: 0,
      requestId: 0,
      rationale: 0,
      severity: 0,
      attributes: 0,
    }).map((name): [string, unknown] => [`a getter of ${name} that throws`, throwing(name)]),
    ...badNanos.map(([name, timestampNs]): [string, unknown] => [
      `a timestamp: ${name}`,
      { ...minimal, timestampNs },
    ]),
    ...badNanos.map(([name, durationNs]): [string, unknown] => [
      `a duration: ${name}`,
      { ...minimal, durationNs },
    ]),
  ])('%s', (_, event) => {
    expect(() => record(event)).not.toThrow();
    expect(collector.stats()).toMatchObject({ size: 0, recorded: 0, rejected: 1 });
    // And the next event is none the worse for it.
    record({ ...minimal, rationale: 'next' });
    expect(collector.query()).toMatchObject([
      { rationale: 'next', severity: 'Info', durationNs: 0n, attributes: {} },
    ]);
  });

  it('recordNow with anything but text', () => {
    const recordNow = collector.recordNow.bind(collector) as (...values: unknown[]) => void;
    recordNow();
    recordNow('t');
    recordNow('', 'c');
    recordNow('t', 'c', 5);
    recordNow(Symbol('s'), 'c');
    expect(collector.stats()).toMatchObject({ recorded: 0, rejected: 5 });
  });
});

describe('stores', () => {
  it('a lone surrogate as U+FFFD, and pairs as they are', () => {
    const { rationale, attributes } = recorded({
      ...minimal,
      rationale: '\ud800 a \udfff 😀 \ud83d',
      attributes: { '\ude00k': '\ud83dv\ud83d\ude00' },
    });
    expect(rationale).toBe('\ufffd a \ufffd 😀 \ufffd');
    expect(Object.entries(attributes)).toEqual([['\ufffdk', '\ufffdv😀']]);
  });

  it('surrogates that meet only where two fields do as two U+FFFD', () => {
    const { modelId, requestId } = recorded({
      ...minimal,
      modelId: 'm\ud83d',
      requestId: '\ude00r',
    });
    expect([modelId, requestId]).toEqual(['m\ufffd', '\ufffdr']);
  });

  it.each(['\0', 'a\0b', '\u2028\u2029', '\ufeff', '"\\/\b\f\n\r\t', '\x7f\x80\x9f', '\u{10ffff}'])(
    '%j in every field',
    (text) => {
      const event = {
        eventId: '01234567-89ab-4def-8123-456789abcdef',
        eventType: text,
        component: text,
        timestampNs: 1n,
        durationNs: 2n,
        modelId: text,
        requestId: text,
        rationale: text,
        severity: 'Warning',
        attributes: { [text]: text },
      };
      expect(recorded(event)).toEqual(event);
      expect(collector.query({ requestId: text, component: text })).toHaveLength(1);
    },
  );

  it('attributes named __proto__, constructor and toString as data', () => {
    const attributes = JSON.parse('{"__proto__":"p","constructor":"c","toString":"t"}') as object;
    const event = recorded({ ...minimal, attributes });
    expect(Object.entries(event.attributes)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['toString', 't'],
    ]);
    expect(Object.getPrototypeOf(event.attributes)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>).p).toBeUndefined();
  });

  it('attributes without a prototype, and only own ones', () => {
    const bare = Object.assign(Object.create(null) as object, { own: 'x' });
    const derived = Object.assign(Object.create({ inherited: 'y' }) as object, { own: 'x' });
    record({ ...minimal, attributes: bare });
    record({ ...minimal, attributes: derived });
    for (const { attributes } of collector.query()) expect(attributes).toEqual({ own: 'x' });
  });

  it('what a proxy answers', () => {
    const event = new Proxy({}, { get: (_, name) => (name === 'component' ? 'c' : undefined) });
    record(event);
    const answering = new Proxy(
      {},
      { get: (_, name) => (name === 'component' || name === 'eventType' ? 'p' : undefined) },
    );
    record(answering);
    expect(collector.stats()).toMatchObject({ recorded: 1, rejected: 1 });
    expect(collector.query()).toMatchObject([{ eventType: 'p', component: 'p' }]);
  });

  it('both events when a getter records into the same collector', () => {
    record({
      ...minimal,
      timestampNs: 2n,
      durationNs: 3n,
      get severity() {
        record({ ...minimal, timestampNs: 1n, severity: 'Critical', attributes: { a: 'inner' } });
        return 'Warning';
      },
      attributes: {
        first: '1',
        get second() {
          record({ ...minimal, timestampNs: 1n, rationale: 'x'.repeat(9_000) });
          return '2';
        },
      },
    });
    expect(collector.stats()).toMatchObject({ recorded: 3, rejected: 0, truncated: 1 });
    expect(collector.query({ start: 2n })).toMatchObject([
      {
        timestampNs: 2n,
        durationNs: 3n,
        severity: 'Warning',
        rationale: '',
        attributes: { first: '1', second: '2' },
      },
    ]);
  });
});

describe('cuts and flags', () => {
  const bytes = (text: string) => Buffer.byteLength(text);

  it.each([
    ['eventType', 'event_type', 256],
    ['component', 'component', 256],
    ['modelId', 'model_id', 256],
    ['requestId', 'request_id', 256],
    ['rationale', 'rationale', 4_096],
  ] as const)('%s above its limit', (field, name, limit) => {
    const fits = { ...minimal, [field]: 'x'.repeat(limit) };
    expect(recorded(fits)[field]).toBe('x'.repeat(limit));
    expect(collector.stats().truncated).toBe(0);
    collector.clear();
    record({ ...minimal, [field]: 'x'.repeat(limit + 1) });
    const [event] = collector.query();
    expect(event?.[field]).toBe('x'.repeat(limit));
    expect(event?.attributes).toEqual({ 'aegis.truncated': name });
    expect(collector.stats()).toMatchObject({ recorded: 2, truncated: 1, rejected: 0 });
  });

  it.each(['é', '€', '😀', 'a😀', 'ab€'])('%s at a character boundary', (unit) => {
    const text = unit.repeat(3_000);
    const { component, rationale } = recorded({ ...minimal, component: text, rationale: text });
    for (const [cut, limit] of [
      [component, 256],
      [rationale, 4_096],
    ] as const) {
      expect(text.startsWith(cut)).toBe(true);
      expect(bytes(cut)).toBeLessThanOrEqual(limit);
      expect(bytes(cut)).toBeGreaterThan(limit - 4);
    }
  });

  it('strings of 256 MiB', () => {
    const huge = 'x'.repeat(MIB_256);
    const event = recorded({
      ...minimal,
      eventType: huge,
      component: huge,
      modelId: huge,
      requestId: huge,
      rationale: huge,
      attributes: { a: huge },
    });
    expect([event.eventType.length, event.rationale.length]).toEqual([256, 4_096]);
    expect(event.attributes).toEqual({
      a: 'x'.repeat(1_024),
      'aegis.truncated': 'event_type,component,model_id,request_id,rationale,attributes',
    });
    expect(collector.query({ requestId: huge })).toHaveLength(1);
  });

  it('a key of 256 MiB, keeping the attributes before it', () => {
    const attributes = { before: 'x', ['k'.repeat(MIB_256)]: 'y' };
    expect(recorded({ ...minimal, attributes }).attributes).toEqual({
      before: 'x',
      'aegis.truncated': 'attributes',
    });
  });

  it('a million attributes', () => {
    const attributes: Record<string, number> = {};
    for (let i = 0; i < 1_000_000; i++) attributes[`k${i}`] = i;
    const event = recorded({ ...minimal, attributes });
    expect(Object.keys(event.attributes)).toHaveLength(65);
    expect(event.attributes).toMatchObject({ k63: '63', 'aegis.truncated': 'attributes' });
    expect(collector.stats().truncated).toBe(1);
  });

  it('attributes that are no primitives, keeping the others', () => {
    const { attributes } = recorded({
      ...minimal,
      attributes: { a: {}, b: 1n, c: [], d: () => 1 },
    });
    expect(attributes).toEqual({ b: '1', 'aegis.truncated': 'attributes' });
  });

  it('attributes beyond 16 KiB in all', () => {
    const entries = Array.from({ length: 40 }, (_, i) => [`key${i}`, '€'.repeat(300)]);
    const { attributes } = recorded({ ...minimal, attributes: Object.fromEntries(entries) });
    const kept = Object.keys(attributes).filter((key) => key.startsWith('key'));
    expect(kept).toEqual(entries.slice(0, kept.length).map(([key]) => key));
    expect(kept.length).toBeGreaterThan(15);
    expect(kept.length).toBeLessThan(40);
    expect(attributes['aegis.truncated']).toBe('attributes');
  });
});
