import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { TraceEvent, TraceEventInput } from '../../src/event/trace-event.js';
import { monitor } from '../../src/monitor/monitor.js';
import { REQUEST_BLOCK, requestKey } from '../../src/store/sqlite/schema.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';
import { connect, openStore } from '../support/store-folder.js';

const ALERT = `SELECT COUNT(*) FROM process_trace WHERE status='ERR' AND ts > datetime('now', '-30 seconds')`;
const NANOS_PER_MILLI = 1_000_000n;
const nowNs = () => BigInt(Date.now()) * NANOS_PER_MILLI;

/** The run that records now, on this process's clocks. */
const liveRun = () => makeRun({ steadyNs: process.hrtime.bigint(), wallNs: nowNs() });

it('P3: the alert query counts the errors of the last 30 seconds, by an index', async () => {
  const { store, path } = await openStore();
  const ages = [-40_000, -31_000, -29_000, -10_000, -1_000];
  await store.append(
    makeRun({ wallNs: nowNs() }),
    ages.flatMap((ms, index) => [
      makeRecorded(2 * index, { ms, severity: 'Error' }),
      makeRecorded(2 * index + 1, { ms, severity: 'Warning' }),
    ]),
  );
  const database = await connect(path);
  expect(Object.values(database.prepare(ALERT).get() ?? {})).toEqual([3]);
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${ALERT}`).all();
  const details = plan.map(({ detail }) => String(detail));
  expect(details.filter((detail) => /^SCAN/.test(detail))).toEqual([]);
  expect(details.join('\n')).toMatch(/SEARCH e USING INDEX event_error \(ts>\?\)/);
});

it('P3: a span of time, and a process, are searched for by an index in the views', async () => {
  const { store, path } = await openStore();
  await store.append(makeRun(), makeEvents(100));
  const database = await connect(path);
  for (const [where, index] of [
    ["ts > datetime('now', '-1 hour')", 'event_time'],
    ["process = 'a' AND status = 'ERR' AND ts > '2026'", 'event_process'],
  ]) {
    for (const view of ['process_trace', 'data_trace']) {
      const plan = database
        .prepare(`EXPLAIN QUERY PLAN SELECT * FROM ${view} WHERE ${where}`)
        .all();
      expect(plan.map(({ detail }) => detail).join('\n')).toMatch(index as string);
    }
  }
});

it('P3: the views have what monitor() recorded, call by call', async () => {
  const { store, path } = await openStore();
  const events: TraceEvent[] = [];
  const collector = {
    record: (input: TraceEventInput) => {
      events.push({
        modelId: '',
        requestId: '',
        rationale: '',
        severity: 'Info',
        ...input,
        eventId: input.eventId ?? randomUUID(),
        timestampNs: input.timestampNs as bigint,
        durationNs: input.durationNs as bigint,
        attributes: (input.attributes ?? {}) as Record<string, string>,
      } as TraceEvent);
      return true;
    },
  };
  const wrap = monitor({ collector, module: 'gpu', name: 'place', capture: true });
  const place = wrap(function place(model: string, size: number) {
    if (size < 0) throw new RangeError(`no room for ${model}`);
    return size * 2;
  });
  place('model_a', 21);
  expect(() => place('model_b', -1)).toThrow();
  const placed = events.map((event, sequence) => ({ lane: 0, sequence, event }));
  expect(await store.append(liveRun(), placed)).toMatchObject({ inserted: 2 });
  const database = await connect(path);
  const calls = database.prepare('SELECT * FROM process_trace ORDER BY ts').all();
  expect(calls).toHaveLength(2);
  const process = events[0]?.attributes.process as string;
  expect(process).toBe('gpu.place');
  expect(calls[0]).toMatchObject({ process, status: 'OK', exception: null });
  expect(calls[0]?.duration_ms).toBeCloseTo(Number(events[0]?.durationNs) / 1e6, 9);
  expect(Object.keys(calls[0] ?? {})).toEqual([
    'ts',
    'process',
    'status',
    'duration_ms',
    'exception',
    'request_id',
  ]);
  expect(calls[1]).toMatchObject({ process, status: 'ERR' });
  expect(calls[1]?.exception).toMatch(/^RangeError: no room for model_b\n\s+at /);
  expect(calls[1]?.exception).not.toMatch(/no room.*\n.*no room/);

  const data = database.prepare('SELECT * FROM data_trace').all();
  expect(data.map((row) => [row.data, row.data_type, row.data_value, row.status])).toEqual([
    ['model', 'INPUT', expect.stringContaining('model_a'), 'OK'],
    ['size', 'INPUT', '21', 'OK'],
    ['result', 'OUTPUT', '42', 'OK'],
    ['model', 'INPUT', expect.stringContaining('model_b'), 'ERR'],
    ['size', 'INPUT', '-1', 'ERR'],
  ]);
  expect(data[3]?.exception).toMatch(/RangeError: no room for model_b/);
  expect(data[0]?.exception).toBeNull();
  expect(Object.keys(data[0] ?? {}).at(-1)).toBe('request_id');
});

it('P3: without monitor() the process is the component, the exception the rationale', async () => {
  const { store, path } = await openStore();
  const same = { ms: 1234, component: 'Batcher', requestId: 'r1' };
  await store.append(makeRun(), [
    makeRecorded(0, { ...same, severity: 'Critical', rationale: 'out of memory' }),
    makeRecorded(1, { ...same, severity: 'Warning' }),
    makeRecorded(2, { ...same, severity: 'Warning' }),
  ]);
  const database = await connect(path);
  const row = {
    ts: '2026-07-31 14:23:46.434000',
    process: 'Batcher',
    duration_ms: 0.045,
    request_id: 'r1',
  };
  const rows = database.prepare('SELECT * FROM process_trace ORDER BY status').all();
  expect(rows.map((found) => ({ ...found }))).toEqual([
    { ...row, status: 'ERR', exception: 'out of memory' },
    // Two in the same instant are two.
    { ...row, status: 'OK', exception: null },
    { ...row, status: 'OK', exception: null },
  ]);
  expect(database.prepare('SELECT * FROM data_trace').all()).toEqual([]);
});

it('a chain is found across blocks of events', async () => {
  const { store } = await openStore();
  const run = makeRun();
  const request = (index: number) => ({ requestId: index % 10_000 === 0 ? 'far' : `r${index}` });
  const events = makeEvents(REQUEST_BLOCK + 20_000, request);
  await store.append(run, events);
  expect(await store.chain('far')).toHaveLength(9);
  await store.append(run, [makeRecorded(1_000_000, { requestId: 'far' })]);
  expect(await store.chain('far')).toHaveLength(10);
  expect((await store.query({ requestId: 'far', limit: 4 })).total?.count).toBe(10);
});

it('request keys are safe integers, in the order of blocks', () => {
  expect(requestKey(1, 'a')).toBe(requestKey(REQUEST_BLOCK - 1, 'a'));
  expect(requestKey(REQUEST_BLOCK, 'a') - requestKey(1, 'a')).toBe(2 ** 32);
  expect(requestKey(1, 'a')).not.toBe(requestKey(1, 'b'));
  expect(Number.isSafeInteger(requestKey(2 ** 36, 'x'.repeat(500)))).toBe(true);
});
