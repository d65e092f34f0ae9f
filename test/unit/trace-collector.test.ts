import { afterEach, describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { Timestamp } from '../../src/event/time.js';
import type { TraceEvent, TraceEventInput } from '../../src/event/trace-event.js';
import { TraceEventBuilder } from '../../src/event/trace-event-builder.js';
import { expectTraceError } from '../support/collect.js';
import { makeEvent } from '../support/write-export.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const open: TraceCollector[] = [];

function makeCollector(capacity = 100): TraceCollector {
  const collector = new TraceCollector({ capacity });
  open.push(collector);
  return collector;
}

afterEach(() => {
  for (const collector of open.splice(0)) collector.close();
});

const named = (rationale: string, fields: Partial<TraceEventInput> = {}): TraceEventInput => ({
  eventType: 't',
  component: 'c',
  rationale,
  ...fields,
});
const rationales = (events: TraceEvent[]) => events.map(({ rationale }) => rationale);

describe('record', () => {
  it('C4, C6: stores a complete event exactly', () => {
    const collector = makeCollector();
    const event = makeEvent({ rationale: 'é😀 \0 \u2028', attributes: { a: '', é: 'ü' } });
    collector.record(event);
    expect(collector.query()).toEqual([event]);
  });

  it('C4, C5: gives what is left out: an id, the time of recording, and empty fields', () => {
    const collector = makeCollector();
    const before = process.hrtime.bigint();
    collector.record({ eventType: 't', component: 'c' });
    const after = process.hrtime.bigint();
    const [event] = collector.query();
    expect(event).toEqual({
      eventId: expect.stringMatching(UUID) as string,
      eventType: 't',
      component: 'c',
      timestampNs: expect.any(BigInt) as bigint,
      durationNs: 0n,
      modelId: '',
      requestId: '',
      rationale: '',
      severity: 'Info',
      attributes: {},
    });
    const at = event?.timestampNs ?? 0n;
    expect(at >= before && at <= after).toBe(true);
  });

  it('C5: given ids are unique and stay the same however often they are read', () => {
    const collector = makeCollector(5_000);
    for (let i = 0; i < 5_000; i++) collector.recordNow('t', 'c');
    const ids = collector.query().map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(5_000);
    expect(collector.query().map(({ eventId }) => eventId)).toEqual(ids);
    expect(
      collector
        .reader()
        .read(5_000)
        .events.map(({ eventId }) => eventId),
    ).toEqual(ids);
  });

  it('C5: stores what the builder makes, and an id in upper case in lower case', () => {
    const collector = makeCollector();
    const event = new TraceEventBuilder().withType('t').withComponent('c').build();
    collector.record(event);
    collector.record({ ...event, eventId: event.eventId.toUpperCase() });
    expect(collector.query()).toEqual([event, event]);
  });

  it('C6: recordNow records an event of severity Info', () => {
    const collector = makeCollector();
    collector.recordNow('admission_result', 'AdmissionController', 'below bound');
    expect(collector.query()).toMatchObject([
      {
        eventType: 'admission_result',
        component: 'AdmissionController',
        rationale: 'below bound',
        severity: 'Info',
      },
    ]);
  });

  it('C4: events are plain objects that structuredClone keeps', () => {
    const collector = makeCollector();
    collector.record(makeEvent());
    const [event] = collector.query();
    expect(structuredClone(event)).toEqual(event);
    expect(Object.getPrototypeOf(event)).toBe(Object.prototype);
  });
});

describe('the ring', () => {
  it('C1, C2: keeps the newest events and counts the others as dropped', () => {
    const collector = makeCollector(3);
    for (let i = 0; i < 10; i++) collector.record(named(String(i)));
    expect(rationales(collector.query())).toEqual(['7', '8', '9']);
    expect(collector.stats()).toMatchObject({
      capacity: 3,
      size: 3,
      recorded: 10,
      dropped: 7,
      cleared: 0,
      rejected: 0,
      truncated: 0,
    });
  });

  it('C2: a capacity of 1 keeps the last event', () => {
    const collector = makeCollector(1);
    for (let i = 0; i < 1_000; i++) collector.record(named(String(i)));
    expect(rationales(collector.query())).toEqual(['999']);
  });

  it('C2: memory stays within maxBytes when events are large, dropping the oldest', () => {
    const maxBytes = 256 * 1024;
    const collector = new TraceCollector({ capacity: 10_000, maxBytes });
    open.push(collector);
    for (let i = 0; i < 1_000; i++) collector.record(named(String(i).padEnd(4_000, '.')));
    const { size, recorded, dropped, bytes } = collector.stats();
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(recorded).toBe(size + dropped);
    expect(size).toBeGreaterThan(10);
    const kept = rationales(collector.query()).map((text) => Number.parseInt(text, 10));
    expect(kept).toEqual(Array.from({ length: size }, (_, index) => 1_000 - size + index));
  });

  it('C2: memory is taken as the ring fills', () => {
    const collector = makeCollector(2 ** 28);
    collector.recordNow('t', 'c');
    expect(collector.stats().bytes).toBeLessThan(1_000_000);
  });

  it('C6: clear() forgets the events and counts them; recording goes on', () => {
    const collector = makeCollector();
    for (let i = 0; i < 5; i++) collector.record(named(String(i)));
    collector.clear();
    expect([collector.size, collector.query()]).toEqual([0, []]);
    collector.record(named('after'));
    expect(rationales(collector.query())).toEqual(['after']);
    expect(collector.stats()).toMatchObject({ size: 1, recorded: 6, dropped: 0, cleared: 5 });
  });

  it('collectors know nothing of each other', () => {
    const [one, other] = [makeCollector(), makeCollector()];
    one.record(named('one'));
    expect([one.size, other.size]).toEqual([1, 0]);
  });
});

describe('query', () => {
  function filled(): TraceCollector {
    const collector = makeCollector();
    const event = (rationale: string, timestampNs: bigint, fields: Partial<TraceEventInput>) =>
      collector.record(named(rationale, { timestampNs, ...fields }));
    event('a', 30n, { component: 'Scheduler', severity: 'Info', modelId: 'm1', requestId: 'r1' });
    event('b', 10n, { component: 'Admission', severity: 'Warning', requestId: 'r1' });
    event('c', 20n, { component: 'Scheduler', severity: 'Error', modelId: 'm2' });
    event('d', 10n, { eventType: 'miss', severity: 'Critical', modelId: 'm1', requestId: 'r2' });
    return collector;
  }

  it('C7: returns everything by time, ties in order of recording', () => {
    expect(rationales(filled().query())).toEqual(['b', 'd', 'c', 'a']);
  });

  it.each([
    [{ start: 20n }, ['c', 'a']],
    [{ end: 20n }, ['b', 'd', 'c']],
    [{ start: 20n, end: 20n }, ['c']],
    [{ start: Timestamp.fromNanos(11n), end: 29 }, ['c']],
    [{ eventType: 'miss' }, ['d']],
    [{ modelId: 'm1' }, ['d', 'a']],
    [{ modelId: '' }, ['b']],
    [{ component: 'Scheduler' }, ['c', 'a']],
    [{ component: 'Sched' }, []],
    [{ requestId: 'r1' }, ['b', 'a']],
    [{ requestId: '' }, ['c']],
    [{ minSeverity: 'Info' }, ['b', 'd', 'c', 'a']],
    [{ minSeverity: 'Error' }, ['d', 'c']],
    [{ limit: 0 }, []],
    [{ limit: 2 }, ['b', 'd']],
    [{ limit: Number.MAX_SAFE_INTEGER }, ['b', 'd', 'c', 'a']],
    [{ component: 'Scheduler', minSeverity: 'Warning', start: 0, limit: 5 }, ['c']],
  ] as const)('C7: %o', async (query, wanted) => {
    const collector = filled();
    expect(rationales(collector.query(query))).toEqual(wanted);
    expect(rationales(await collector.queryAsync(query))).toEqual(wanted);
  });

  it('C7: by component, severity and model', () => {
    const collector = filled();
    expect(rationales(collector.queryByComponent('Scheduler'))).toEqual(['c', 'a']);
    expect(rationales(collector.queryBySeverity('Error'))).toEqual(['d', 'c']);
    expect(rationales(collector.queryByModel('m1'))).toEqual(['d', 'a']);
  });

  it('C8: a decision chain is every event of the request by time', () => {
    expect(rationales(filled().reconstructDecisionChain('r1'))).toEqual(['b', 'a']);
    expect(filled().reconstructDecisionChain('unknown')).toEqual([]);
  });

  it('C8: finds one chain among many in many chunks', () => {
    const collector = makeCollector(20_000);
    for (let i = 0; i < 20_000; i++) {
      collector.record(named(String(i), { requestId: `request-${i % 1_000}` }));
    }
    expect(rationales(collector.reconstructDecisionChain('request-7'))).toEqual(
      Array.from({ length: 20 }, (_, index) => String(index * 1_000 + 7)),
    );
  });

  it.each(['', undefined, null, 5, {}])('C8: %o is no request id', async (requestId) => {
    const action = () => makeCollector().reconstructDecisionChain(requestId as never);
    await expectTraceError(action, 'ERR_TRACE_QUERY', /requestId must be a non-empty string; got/);
  });

  it('C7: the asynchronous form rejects with what the other throws', async () => {
    const collector = makeCollector();
    const query = { start: 2n, end: 1n };
    await expectTraceError(() => collector.query(query), 'ERR_TRACE_QUERY', /start must not be/);
    await expectTraceError(
      () => collector.queryAsync(query),
      'ERR_TRACE_QUERY',
      /start must not be/,
    );
  });

  it('C7: the asynchronous form returns what was retained when it ran, to its end', async () => {
    const collector = makeCollector(1_000);
    for (let i = 0; i < 1_000; i++) collector.record(named(String(i)));
    const pending = collector.queryAsync();
    collector.close();
    expect((await pending).length).toBe(1_000);
  });

  it('finds a field that was cut by what was recorded', () => {
    const collector = makeCollector();
    const long = 'é'.repeat(1_000);
    collector.record(named('cut', { component: long, requestId: long }));
    expect(rationales(collector.query({ component: long, requestId: long }))).toEqual(['cut']);
  });
});

describe('C13: share and attach', () => {
  it('a handle is plain data, the same for the same collector, and opens the same ring', () => {
    const collector = makeCollector();
    const handle = collector.share();
    expect(structuredClone(handle)).toEqual(handle);
    expect(collector.share()).toEqual(handle);
    const other = TraceCollector.attach(structuredClone(handle));
    open.push(other);
    other.record(named('there'));
    collector.record(named('here'));
    expect(rationales(collector.query())).toEqual(['there', 'here']);
    expect(other.stats()).toEqual(collector.stats());
    expect(other.share()).toEqual(handle);
  });

  const UNKNOWN = '00000000-0000-4000-8000-000000000000';
  it.each([
    ['undefined', undefined, /handle must be what collector.share\(\) returned; got undefined/],
    ['null', null, /got null/],
    ['text', 'abc', /got "abc"/],
    ['another object', {}, /got an object/],
    ['a name that is no string', { aegisTraceCollector: 5 }, /got an object/],
    ['a name that share() never gives', { aegisTraceCollector: 'nothing' }, /got an object/],
    ['a name that names nothing', { aegisTraceCollector: UNKNOWN }, /which is none, or is closed/],
  ])('refuses %s', async (_, handle, message) => {
    const action = () => TraceCollector.attach(handle as never);
    await expectTraceError(action, 'ERR_TRACE_HANDLE', message);
  });

  it('reads a handle once', async () => {
    const names = [UNKNOWN, 5];
    const handle = {
      get aegisTraceCollector() {
        return names.shift();
      },
    };
    const action = () => TraceCollector.attach(handle as never);
    await expectTraceError(action, 'ERR_TRACE_HANDLE', /which is none, or is closed/);
  });

  it('the ring goes with its last owner, and the handle with it', async () => {
    const first = makeCollector();
    const handle = first.share();
    const second = TraceCollector.attach(handle);
    first.record(named('kept'));
    first.close();
    const third = TraceCollector.attach(handle);
    expect(rationales(third.query())).toEqual(['kept']);
    second.close();
    third.close();
    const attach = () => TraceCollector.attach(handle);
    await expectTraceError(attach, 'ERR_TRACE_HANDLE', /an open collector of this process/);
  });

  it('a reader keeps the ring, but is no owner one could attach to', () => {
    const collector = makeCollector();
    const reader = collector.reader();
    collector.record(named('kept'));
    collector.close();
    expect(rationales(reader.read().events)).toEqual(['kept']);
  });
});

describe('after close()', () => {
  const closed = () => {
    const collector = makeCollector();
    collector.record(named('x'));
    collector.record({} as TraceEventInput);
    collector.close();
    return collector;
  };

  it.each([
    ['query', (c: TraceCollector) => c.query()],
    ['queryAsync', (c: TraceCollector) => c.queryAsync()],
    ['queryByComponent', (c: TraceCollector) => c.queryByComponent('c')],
    ['queryBySeverity', (c: TraceCollector) => c.queryBySeverity('Info')],
    ['queryByModel', (c: TraceCollector) => c.queryByModel('m')],
    ['reconstructDecisionChain', (c: TraceCollector) => c.reconstructDecisionChain('r')],
    ['exportJson', (c: TraceCollector) => c.exportJson('/tmp/never.json')],
    ['reader', (c: TraceCollector) => c.reader()],
    ['share', (c: TraceCollector) => c.share()],
    ['nativeHandle', (c: TraceCollector) => c.nativeHandle()],
    ['clear', (c: TraceCollector) => c.clear()],
  ])('%s fails with ERR_TRACE_CLOSED', async (_, action) => {
    await expectTraceError(() => action(closed()), 'ERR_TRACE_CLOSED', /collector is closed/);
  });

  it('record() only counts; size and stats() are those of the end', () => {
    const collector = closed();
    expect(collector.size).toBe(1);
    expect(collector.stats()).toMatchObject({ size: 1, recorded: 1, rejected: 1 });
    collector.record(named('y'));
    collector.recordNow('t', 'c');
    expect(collector.stats()).toMatchObject({ size: 1, recorded: 1, rejected: 3 });
  });

  it('stats() gives a copy', () => {
    const collector = closed();
    collector.stats().recorded = 99;
    expect(collector.stats().recorded).toBe(1);
  });

  it('close() may be called again', () => {
    const collector = closed();
    collector.close();
    expect(collector.size).toBe(1);
  });

  it('a getter that closes the collector loses its event and nothing else', () => {
    const collector = makeCollector();
    collector.record({
      component: 'c',
      get eventType() {
        collector.close();
        return 't';
      },
    });
    expect(collector.stats()).toMatchObject({ recorded: 0, rejected: 1 });
  });
});

it('C13: nativeHandle() is one address for the life of the collector', () => {
  const collector = makeCollector();
  const handle = collector.nativeHandle();
  expect(handle).toBeTypeOf('bigint');
  expect(handle).not.toBe(0n);
  expect(collector.nativeHandle()).toBe(handle);
});
