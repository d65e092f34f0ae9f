import { describe, expect, it } from 'vitest';
import { decodeEvents, decodeEventsInSlices } from '../../src/collector/decode.js';
import type { TraceEvent } from '../../src/event/trace-event.js';
import { comparable, makeAttributes } from '../support/random-event.js';
import { makeEvent } from '../support/write-export.js';

const ASCII = 2;

interface RecordOptions {
  truncated?: number;
  flags?: number;
}

/** A record as it leaves the ring: docs/formats/record.md. */
function encode(event: TraceEvent, { truncated = 0, flags = 1 }: RecordOptions = {}): Buffer {
  const strings = [
    event.eventType,
    event.component,
    event.modelId,
    event.requestId,
    event.rationale,
  ].map((text) => Buffer.from(text));
  const attributes = Object.entries(event.attributes).flatMap(([key, value]) => {
    const header = Buffer.alloc(4);
    header.writeUInt16LE(Buffer.byteLength(key), 0);
    header.writeUInt16LE(Buffer.byteLength(value), 2);
    return [header, Buffer.from(key), Buffer.from(value)];
  });
  const header = Buffer.alloc(64);
  const body = Buffer.concat([...strings, ...attributes]);
  const length = Math.ceil((64 + body.length) / 8) * 8;
  header.writeUInt32LE(length, 0);
  header.writeBigInt64LE(12_345n, 8);
  header.writeBigInt64LE(event.timestampNs, 16);
  header.writeBigInt64LE(event.durationNs, 24);
  for (const [index, text] of strings.entries()) header.writeUInt16LE(text.length, 32 + 2 * index);
  header.writeUInt16LE(Object.keys(event.attributes).length, 42);
  header.writeUInt16LE(truncated, 44);
  header.writeUInt8(['Info', 'Warning', 'Error', 'Critical'].indexOf(event.severity), 46);
  header.writeUInt8(flags, 47);
  Buffer.from(event.eventId.replaceAll('-', ''), 'hex').copy(header, 48);
  return Buffer.concat([header, body], length);
}

function toArrayBuffer(...records: Buffer[]): ArrayBuffer {
  return new Uint8Array(Buffer.concat(records)).buffer;
}

const EVENTS = [
  makeEvent(),
  makeEvent({ eventType: 'é😀\u2028\0', attributes: {}, severity: 'Critical', modelId: '' }),
  makeEvent({ timestampNs: -(2n ** 63n), durationNs: 2n ** 63n - 1n, rationale: '\ufeffbom' }),
  makeEvent({ attributes: makeAttributes([['__proto__', 'x'] as const, ['', ''] as const]) }),
];

it('C11: no records are no events', async () => {
  expect(decodeEvents(new ArrayBuffer(0))).toEqual([]);
  expect(await decodeEventsInSlices(new ArrayBuffer(0))).toEqual([]);
});

it('C11: reads every field of every record exactly', async () => {
  const records = toArrayBuffer(...EVENTS.map((event) => encode(event)));
  const wanted = EVENTS.map(comparable);
  expect(decodeEvents(records).map(comparable)).toEqual(wanted);
  expect((await decodeEventsInSlices(records)).map(comparable)).toEqual(wanted);
});

it('C11: reads a record marked as ASCII the same', () => {
  const event = makeEvent({ rationale: 'plain \0\x7f"\\' });
  expect(decodeEvents(toArrayBuffer(encode(event, { flags: 1 | ASCII })))).toEqual([event]);
});

it('an attribute named __proto__ does not become the prototype', () => {
  const [event] = decodeEvents(toArrayBuffer(encode(EVENTS[3] as TraceEvent)));
  expect(Object.getPrototypeOf(event?.attributes)).toBe(Object.prototype);
});

describe('names the truncated fields', () => {
  it.each([
    [1, 'event_type'],
    [2, 'component'],
    [4, 'model_id'],
    [8, 'request_id'],
    [16, 'rationale'],
    [32, 'attributes'],
    [63, 'event_type,component,model_id,request_id,rationale,attributes'],
  ])('bits %d: %s', (truncated, names) => {
    const [event] = decodeEvents(toArrayBuffer(encode(makeEvent(), { truncated })));
    expect(event?.attributes).toEqual({ utilisation: '0.85', 'aegis.truncated': names });
  });
});

it('lets the event loop run while it decodes a large answer', async () => {
  const record = encode(makeEvent());
  const records = toArrayBuffer(...new Array<Buffer>(100_000).fill(record));
  let turns = 0;
  let decoding = true;
  const turn = () => {
    turns++;
    if (decoding) setImmediate(turn);
  };
  setImmediate(turn);
  const events = await decodeEventsInSlices(records);
  decoding = false;
  expect(events.length).toBe(100_000);
  expect(turns).toBeGreaterThan(1);
});
