import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOtlp } from '../../src/hub/otlp/otlp-body.js';
import { bytesField, varintField } from '../../src/hub/otlp/protobuf-wire.js';
import { readLogsProtobuf, readTracesProtobuf } from '../../src/hub/otlp/read-protobuf.js';

/** A field by its tag and the bytes of its value, written by hand. */
const raw = (tag: number, ...value: number[]): Buffer => Buffer.from([tag, ...value]);
const fixed64 = (field: number, value: bigint): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes[0] = (field << 3) | 1;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
};
const concat = (...parts: Buffer[]): Buffer => Buffer.concat(parts);
const attribute = (field: number, key: string, ...value: Buffer[]): Buffer =>
  bytesField(field, concat(bytesField(1, key), bytesField(2, concat(...value))));
const int64 = (value: bigint): Buffer => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return raw(0x18, ...bytes, Number(rest));
};

const TRACE = Buffer.from('5b8efff798038103d269b633813fc60c', 'hex');
const SPAN = Buffer.from('eee19b7ec3c1b174', 'hex');
const START = 1_544_712_660_000_000_001n;

const spanOf = (...more: Buffer[]): Buffer =>
  concat(
    bytesField(1, TRACE),
    bytesField(2, SPAN),
    bytesField(5, 'GET /'),
    fixed64(7, START),
    fixed64(8, START + 5n),
    ...more,
  );
const requestOf = (span: Buffer, ...more: Buffer[]): Buffer =>
  bytesField(1, concat(...more, bytesField(2, bytesField(2, span))));
const only = (body: Buffer) => {
  const [group] = readTracesProtobuf(body);
  return group?.items[0];
};

describe('a request in protobuf', () => {
  it('has times and integers of 64 bits as they were', () => {
    const values = [2n ** 63n - 1n, -(2n ** 63n), -1n, 0n, 127n, 128n, 2n ** 53n + 1n];
    const attributes = values.map((value, index) => attribute(9, `k${index}`, int64(value)));
    const span = only(requestOf(spanOf(...attributes)));
    expect(span).toMatchObject({
      traceId: TRACE.toString('hex'),
      spanId: SPAN.toString('hex'),
      startNs: START,
      endNs: START + 5n,
    });
    expect(span?.attributes).toEqual(values.map((value, index) => [`k${index}`, value]));
  });

  it('has each type of value', () => {
    const double = Buffer.alloc(9, 0x21);
    double.writeDoubleLE(-0.5, 1);
    const list = bytesField(5, concat(bytesField(1, bytesField(1, 'a')), bytesField(1, int64(2n))));
    const map = bytesField(6, attribute(1, '__proto__', raw(0x10, 1)));
    const span = only(
      requestOf(
        spanOf(
          attribute(9, 'text', bytesField(1, 'größe')),
          attribute(9, 'no', raw(0x10, 0)),
          attribute(9, 'double', double),
          attribute(9, 'list', list),
          attribute(9, 'map', map),
          attribute(9, 'bytes', bytesField(7, Buffer.from([0, 255]))),
          attribute(9, 'none'),
        ),
      ),
    );
    expect(span?.attributes).toEqual([
      ['text', 'größe'],
      ['no', false],
      ['double', -0.5],
      ['list', ['a', 2n]],
      ['map', Object.fromEntries([['__proto__', true]])],
      ['bytes', 'AP8='],
      ['none', null],
    ]);
  });

  it('is read whatever the order of its fields, a resource also when it comes last', () => {
    const resource = bytesField(1, attribute(1, 'service.name', bytesField(1, 'shop')));
    const body = bytesField(1, concat(bytesField(2, bytesField(2, spanOf())), resource));
    expect(readTracesProtobuf(body)).toEqual(readTracesProtobuf(requestOf(spanOf(), resource)));
    expect(readTracesProtobuf(body)[0]?.resource).toEqual([['service.name', 'shop']]);
  });

  it('may have fields that are not known, of any wire type, and known ones of another', () => {
    const unknown = [
      varintField(100, 2 ** 40),
      fixed64(101, 7n),
      bytesField(102, 'x'),
      raw(0x7d, 1, 2, 3, 4), // field 15, 4 bytes: status is a message
      raw(0x2b, 0x08, 1, 0x33, 0x34, 0x2c), // a group in a group
      varintField(5, 1), // the name is text
    ];
    expect(only(requestOf(spanOf(...unknown)))).toEqual(only(requestOf(spanOf())));
  });

  it('counts the last of what may be there once', () => {
    expect(only(requestOf(spanOf(bytesField(5, 'second'))))?.name).toBe('second');
  });

  it.each<[string, Buffer]>([
    ['that ends within a field', requestOf(spanOf()).subarray(0, -3)],
    ['with a field that is longer than its message', bytesField(1, raw(0x12, 100))],
    ['with a varint of 11 bytes', Buffer.alloc(20, 0xff)],
    ['with a field of number 0', raw(0x00, 1)],
    ['with a wire type that there is not', raw(0x0f, 1)],
    ['with a group that does not end', raw(0x2b, 0x08, 1)],
    ['with the end of another group', raw(0x2b, 0x34)],
    ['with the end of a group that has not begun', raw(0x2c)],
  ])('is refused %s', (_what, body) => {
    expect(() => readTracesProtobuf(body)).toThrow(RangeError);
  });

  it('H7: of any bytes it is read or refused, nothing else', () => {
    const whole = requestOf(
      spanOf(attribute(9, 'a', int64(5n)), bytesField(11, bytesField(2, 'event'))),
      bytesField(1, attribute(1, 'service.name', bytesField(1, 'shop'))),
    );
    const spoilt = fc
      .tuple(
        fc.constant(whole),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(whole.length),
      )
      .map(([bytes, changes, length]) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of changes) copy[at] = value;
        return copy.subarray(0, length);
      });
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.uint8Array({ maxLength: 200 })), (body) => {
        for (const read of [readTracesProtobuf, readLogsProtobuf]) {
          try {
            read(body);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        }
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('the events of a request', () => {
  const events = (body: Buffer | string) =>
    readOtlp(body, 'traces', 0).parts.flatMap(({ batch }) =>
      'foreign' in batch ? batch.foreign : [],
    );
  const json = (span: object, resource?: object): string =>
    JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  const plain = {
    traceId: TRACE.toString('hex').toUpperCase(),
    spanId: SPAN.toString('hex'),
    name: 'GET /',
    startTimeUnixNano: String(START),
    endTimeUnixNano: String(START + 5n),
  };

  it('are the same in JSON and in protobuf', () => {
    expect(events(json(plain))).toEqual(events(requestOf(spanOf())));
  });

  it('have exact integers, as texts or as numbers', () => {
    const text = json(plain)
      .replace(`"${START}"`, String(START))
      .replace('"name"', '"attributes":[{"key":"n","value":{"intValue":9007199254740993}}],"name"');
    const [first] = events(text);
    expect(first?.event.timestampNs).toBe(START);
    expect(first?.event.attributes.n).toBe('9007199254740993');
  });

  it.each<[string, object]>([
    ['no trace id', { traceId: '' }],
    ['a trace id of zeros', { traceId: '0'.repeat(32) }],
    ['a short trace id', { traceId: 'ab' }],
    ['a span id of zeros', { spanId: '0'.repeat(16) }],
    ['no start', { startTimeUnixNano: 0 }],
    ['a time before 1970', { startTimeUnixNano: '-5' }],
    ['an end beyond 63 bits', { endTimeUnixNano: '9223372036854775808' }],
  ])('a span with %s is rejected alone', (_what, change) => {
    const body = JSON.stringify({
      resourceSpans: [{ scopeSpans: [{ spans: [{ ...plain, ...change }, plain] }] }],
    });
    const { parts, rejected } = readOtlp(body, 'traces', 0);
    expect(rejected).toEqual([{ index: 0, reason: expect.stringMatching(/^a span has /) }]);
    expect(parts[0]?.indexes).toEqual([1]);
  });

  it('name their parent as calls do, and a parent of zeros is none', () => {
    const child = { ...plain, spanId: 'a'.repeat(16), parentSpanId: plain.spanId.toUpperCase() };
    const [parent] = events(json(plain));
    expect(events(json(child))[0]?.event.attributes.parent_event_id).toBe(parent?.event.eventId);
    const [root] = events(json({ ...plain, parentSpanId: '0'.repeat(16) }));
    expect(root?.event.attributes).not.toHaveProperty('parent_event_id');
  });

  it('keep attributes whose names are ours under another name', () => {
    const attributes = [{ key: 'process', value: { stringValue: 'p' } }];
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
    const [first] = events(json({ ...plain, attributes }, resource));
    expect(first?.event).toMatchObject({
      component: 'shop',
      attributes: { process: 'shop.GET /', 'otel.attribute.process': 'p' },
    });
  });

  it('say where they are from, and nothing of a command line', () => {
    const keys = ['service.name', 'service.version', 'host.name', 'host.arch', 'process.pid'];
    const more = ['process.command_args', 'telemetry.sdk.name', 'os.type', 'k8s.pod.name'];
    const resource = {
      attributes: [...keys, ...more].map((key) => ({ key, value: { stringValue: 'v' } })),
    };
    const [first] = events(json(plain, resource));
    const said = JSON.parse(first?.event.attributes['otel.resource'] ?? '');
    expect(Object.keys(said)).toEqual([
      'service.version',
      'host.name',
      'process.pid',
      'k8s.pod.name',
    ]);
  });

  it('of log records without a time do not depend on when they come', () => {
    const body = JSON.stringify({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'x' } }] }] }],
    });
    const [first, second] = [1, 2].map((nowMs) => {
      const [part] = readOtlp(body, 'logs', nowMs).parts;
      return part !== undefined && 'foreign' in part.batch ? part.batch.foreign[0] : undefined;
    });
    expect(second?.key).toEqual(first?.key);
    expect(first?.event).toMatchObject({ timestampNs: 1_000_000n, component: 'unknown_service' });
  });
});
