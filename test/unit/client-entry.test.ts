import { describe, expect, it } from 'vitest';
import { type ClientEntry, entriesOf, readClientEntry } from '../../src/wire/client-entry.js';

const NOW_NS = 1_795_600_000_000_000_000n;
const WHOLE = {
  correlation_id: 'req-1',
  source_id: 'worker-a',
  endpoint: '/infer',
  direction: 'in',
  timestamp: '2026-11-25T10:00:00.123456Z',
  suffix: 'B',
  data: { tokens: 7 },
  status: 'OK',
  duration_ms: 1.5,
  region: 'eu',
};

function read(entry: unknown): ClientEntry {
  const found = readClientEntry(entry, NOW_NS);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

const wallNs = (iso: string, nanos = 0n) => BigInt(Date.parse(iso)) * 1_000_000n + nanos;

it('an entry is an event of type trace', () => {
  expect(read(WHOLE)).toEqual({
    source: 'worker-a',
    event: {
      eventType: 'trace',
      component: '/infer',
      timestampNs: wallNs('2026-11-25T10:00:00.123Z', 456_000n),
      durationNs: 1_500_000n,
      modelId: '',
      requestId: 'req-1',
      rationale: '',
      severity: 'Info',
      attributes: {
        source_id: 'worker-a',
        direction: 'in',
        suffix: 'B',
        data: '{"tokens":7}',
        status: 'OK',
        region: 'eu',
      },
    },
    identity: ['worker-a', 'req-1', '/infer', 'in'],
  });
});

describe('each field may be missing, and only the correlation id must be there', () => {
  it.each(Object.keys(WHOLE))('without %s', (name) => {
    const { [name as keyof typeof WHOLE]: _, ...rest } = WHOLE;
    const found = readClientEntry(rest, NOW_NS);
    if (name === 'correlation_id') {
      expect(found).toMatch(
        /^correlation_id must be a non-empty string or a number; got undefined/,
      );
    } else expect(found).toMatchObject({ event: { requestId: 'req-1' } });
  });

  it.each(Object.keys(WHOLE))('%s of a wrong type', (name) => {
    for (const wrong of [null, [], { a: 1 }, true, '']) {
      const found = readClientEntry({ ...WHOLE, [name]: wrong }, NOW_NS);
      if (name === 'correlation_id') expect(found).toMatch(/^correlation_id must be/);
      else expect(found).toMatchObject({ event: { requestId: 'req-1' } });
    }
  });

  it('what cannot be understood is kept as it came', () => {
    const { event } = read({ ...WHOLE, timestamp: 'yesterday', duration_ms: 'long' });
    expect(event).toMatchObject({ timestampNs: NOW_NS, durationNs: 0n });
    expect(event.attributes).toMatchObject({ timestamp: 'yesterday', duration_ms: 'long' });
  });

  it('a name such as __proto__ is an attribute as any other', () => {
    const entry = JSON.parse('{"correlation_id":"r","__proto__":"x","constructor":"y"}') as object;
    const { event } = read(entry);
    expect(Object.keys(event.attributes)).toEqual(['source_id', '__proto__', 'constructor']);
    expect(Object.getPrototypeOf(event.attributes)).toBe(Object.prototype);
  });
});

it.each<[unknown, bigint]>([
  ['2026-11-25T10:00:00Z', wallNs('2026-11-25T10:00:00Z')],
  ['2026-11-25 10:00:00.5', wallNs('2026-11-25T10:00:00.500Z')],
  ['2026-11-25T12:00:00+02:00', wallNs('2026-11-25T10:00:00Z')],
  ['1901-01-01T00:00:00Z', wallNs('1901-01-01T00:00:00Z')],
  [1_795_600_001, 1_795_600_001_000_000_000n],
  [1_795_600_001.25, 1_795_600_001_250_000_000n],
  ['1795600001.25', 1_795_600_001_250_000_000n],
  [1_795_600_001_500, 1_795_600_001_500_000_000n],
  [1_795_600_001_500_001, 1_795_600_001_500_001_000n],
  ['1795600001500001002', 1_795_600_001_500_001_002n],
  ['9999-12-31T23:59:59Z', NOW_NS],
  ['2026-13-45T00:00:00Z', NOW_NS],
  [Number.NaN, NOW_NS],
  [-1, -1_000_000_000n],
])('the time %s', (timestamp, expected) => {
  expect(read({ ...WHOLE, timestamp }).event.timestampNs).toBe(expected);
});

it.each<[object, string]>([
  [{ status: 'ERROR' }, 'Error'],
  [{ status: 'failed' }, 'Error'],
  [{ status: 500 }, 'Error'],
  [{ status: '404' }, 'Error'],
  [{ status: 'OK', error: 'out of memory' }, 'Error'],
  [{ status: 'OK', exception: { type: 'OOM' } }, 'Error'],
  [{ status: 'fatal' }, 'Critical'],
  [{ status: 'warning' }, 'Warning'],
  [{ status: 200 }, 'Info'],
  [{ status: 'ok', error: null }, 'Info'],
  [{ status: ['x'] }, 'Info'],
])('the severity of %j', (fields, severity) => {
  const { event, identity } = read({ ...WHOLE, ...fields });
  expect(event.severity).toBe(severity);
  // An error is a row of its own, always.
  expect(identity === undefined).toBe(['Error', 'Critical'].includes(severity));
});

it('names by which things are counted are bounded', () => {
  for (const name of ['source_id', 'endpoint']) {
    expect(readClientEntry({ ...WHOLE, [name]: 'x'.repeat(201) }, NOW_NS)).toMatch(/at most 200/);
  }
});

it.each<[unknown, number | undefined]>([
  [[1, 2], 2],
  [{ traces: [1] }, 1],
  [{ entries: [1, 2, 3], other: 1 }, 3],
  [{ correlation_id: 'x' }, 1],
  [{ format: 'aegis-trace-batch' }, undefined],
  [7, undefined],
  [null, undefined],
])('the entries of %j', (body, count) => {
  expect(entriesOf(body)?.length).toBe(count);
});
