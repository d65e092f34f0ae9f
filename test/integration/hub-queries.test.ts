// What a hub is asked.
import { expect, it } from 'vitest';
import { formatBatch } from '../../src/wire/batch.js';
import { ACCOUNT } from '../support/account.js';
import { startTestHub, type TestHub } from '../support/hub.js';
import { makeEvents, makeRecorded, makeRun, WALL_NS } from '../support/recorded-events.js';

/** 100 events a millisecond apart, of two processes and ten requests; each tenth is an error. */
async function filled(): Promise<TestHub> {
  const hub = await startTestHub();
  const events = makeEvents(100, (index) => ({
    requestId: `r${index % 10}`,
    severity: index % 10 === 9 ? 'Error' : 'Info',
    durationNs: BigInt(index) * 1_000_000n,
    attributes: { process: index % 2 ? 'gpu.run' : 'cpu.run' },
  }));
  await hub.send(makeRun({ service: 'checkout' }), events);
  return hub;
}

const sequences = (items: { sequence: number }[]): number[] =>
  items.map(({ sequence }) => sequence);
const iso = (ms: number): string => new Date(Number(WALL_NS / 1_000_000n) + ms).toISOString();

it('H6: gives the newest events, page by page, while others come', async () => {
  const hub = await filled();
  const first = await hub.get('/recent?limit=40');
  expect(sequences(first.json.items)).toEqual(Array.from({ length: 40 }, (_, index) => 99 - index));
  expect(first.json).toMatchObject({ count: 100, is_exact: true });
  await hub.send(
    makeRun(),
    makeEvents(5, () => ({ ms: 500 })),
  );
  const second = await hub.get(`/recent?limit=40&cursor=${first.json.next}`);
  expect(sequences(second.json.items)[0]).toBe(59);
  const last = await hub.get(`/recent?limit=40&cursor=${second.json.next}`);
  expect(sequences(last.json.items)).toEqual(Array.from({ length: 20 }, (_, index) => 19 - index));
  expect(last.json.next).toBeNull();
  const other = await hub.get(`/recent?limit=40&status=ERR&cursor=${first.json.next}`);
  expect([other.status, other.json.code]).toEqual([400, 'invalid']);
});

it.each<[string, number[]]>([
  ['status=ERR', [9, 19, 29, 39, 49, 59, 69, 79, 89, 99]],
  ['status=err&severity=critical', []],
  [`where=${encodeURIComponent('process:gpu.* dur>95ms -status:ERR')}`, [97]],
  ['process=cpu.run&request=r8', [8, 18, 28, 38, 48, 58, 68, 78, 88, 98]],
  [`from=${iso(10)}&to=${iso(12)}`, [10, 11, 12]],
  [`from=${WALL_NS + 97_000_000n}`, [97, 98, 99]],
  ['text=DECISION%205&limit=5', [5, 50, 51, 52, 53]],
])('finds %s', async (params, expected) => {
  const hub = await filled();
  const { json } = await hub.get(`/recent?order=oldest&${params}`);
  expect(sequences(json.items)).toEqual(expected);
});

it.each<[string, string, RegExp]>([
  ['/recent?limit=0', 'limit', /it must be an integer from 1 to 1000; got 0/],
  ['/recent?limit=1001', 'limit', /it must be an integer from 1 to 1000; got 1001/],
  ['/recent?limit=ten', 'limit', /it must be an integer from 1 to 1000; got "ten"/],
  ['/recent?order=up', 'order', /it must be one of newest, oldest; got "up"/],
  ['/recent?from=yesterday', 'from', /an ISO 8601 time with its zone, or nanoseconds/],
  ['/recent?from=99999999999999999999', 'from', /ISO 8601/],
  ['/recent?from=2026-02-30T00:00:00Z&to=2026-01-01T00:00:00Z', '', /from must not be after to/],
  ['/recent?where=dur%3E5', 'where', /at character 5 of the query line/],
  ['/recent?where=status:OK&status=ERR', 'status', /where says it as well/],
  ['/recent?status=maybe', 'status', /it must be one of OK, ERR/],
  ['/recent?severity=fatal', 'severity', /it must be one of Info, Warning/],
  ['/recent?limit=1&limit=2', 'limit', /it is there twice/],
  ['/recent?colour=red', 'colour', /there is no such parameter; it is one of where, process, /],
  ['/recent?cursor=x', '', /cursor/],
  ['/traces/x?limit=5', 'limit', /there is no such parameter; it is one of fields/],
  ['/traces/x?fields=few', 'fields', /it must be one of all, brief; got "few"/],
  ['/events/x/0/0', 'run', /pattern/],
  ['/events/0f8fad5b-d9cb-469f-a165-70867728950e/-1/0', 'lane', /an integer of 0 or more; got -1/],
  ['/correlations?request=r1', 'request', /there is no such parameter/],
  ['/percentiles', 'process', /it must be there/],
  ['/trend?buckets=1', 'buckets', /an integer from 2 to 1000/],
  ['/stats?x=1', 'x', /there are no parameters here/],
  ['/recent/stream?from=2026-01-01T00:00:00Z', 'from', /there is no such parameter/],
])('refuses %s', async (path, parameter, detail) => {
  const hub = await startTestHub();
  const { status, json } = await hub.get(path);
  expect([status, json.code]).toEqual([400, 'invalid']);
  expect(json.detail).toMatch(detail);
  if (parameter !== '') expect(json.errors).toMatchObject([{ path: parameter }]);
});

it('H3: gives the chain of a request from all processes, and says what may be missing', async () => {
  const hub = await startTestHub();
  const [first, second] = [
    makeRun({ service: 'gate' }),
    makeRun({ service: 'gpu', wallNs: WALL_NS + 1n }),
  ];
  const chain = async () => (await hub.get('/traces/r1')).json;
  expect(await chain()).toEqual({
    id: 'r1',
    items: [],
    complete: 'unknown',
    account: { sources: 0, missing: [] },
  });
  await hub.send(
    first,
    makeEvents(2, () => ({ requestId: 'r1' })),
  );
  await hub.send(
    second,
    makeEvents(2, (index) => ({ requestId: 'r1', ms: index + 10 })),
  );
  expect(await chain()).toMatchObject({ complete: 'yes', account: { sources: 2, missing: [] } });
  expect(sequences((await chain()).items)).toEqual([0, 1, 0, 1]);
  const account = { ...ACCOUNT, lost: 5, lostErrors: 1, backlog: 7 };
  await hub.post(formatBatch({ run: second, account, events: [makeRecorded(9)] }));
  expect(await chain()).toMatchObject({
    complete: 'unknown',
    account: {
      missing: [
        { run: second.run, service: 'gpu', reason: 'lost', events: 6 },
        { run: second.run, service: 'gpu', reason: 'waiting', events: 7 },
      ],
    },
  });
  // It has said since that nothing waits any more; what is lost stays lost.
  await hub.post(formatBatch({ run: second, account: { ...account, backlog: 0 }, events: [] }));
  expect((await chain()).account.missing).toHaveLength(1);
  await hub.post(formatBatch({ run: makeRun(), events: makeEvents(1) }));
  expect((await chain()).account.missing).toMatchObject([
    { reason: 'lost' },
    { reason: 'unaccounted' },
  ]);
});

it('a chain that is longer than is sent at once says that it is cut', async () => {
  const hub = await startTestHub();
  await hub.send(
    makeRun(),
    makeEvents(10_001, () => ({ requestId: 'long' })),
  );
  const { json } = await hub.get('/traces/long');
  expect(json.items).toHaveLength(10_000);
  expect(json).toMatchObject({ complete: 'no', account: { missing: [{ reason: 'cut' }] } });
});

it('lists requests, processes, percentiles, counts and sources', async () => {
  const hub = await filled();
  const requests = await hub.get('/correlations?limit=3');
  expect(requests.json.items).toMatchObject([
    { request_id: 'r9', events: 10, errors: 10, worst_severity: 'Error' },
    { request_id: 'r8', events: 10, errors: 0, worst_severity: 'Info' },
    { request_id: 'r7' },
  ]);
  const judged = await hub.get('/traces/r9');
  expect(requests.json.items[0].complete).toBe(judged.json.complete);
  const rest = await hub.get(`/correlations?limit=1000&cursor=${requests.json.next}`);
  expect(rest.json.items).toHaveLength(7);
  expect((await hub.get('/processes')).json.items).toMatchObject([
    { process: 'cpu.run', events: 50, errors: 0 },
    { process: 'gpu.run', events: 50, errors: 10 },
  ]);
  expect((await hub.get('/percentiles?process=gpu.run')).json).toEqual({
    process: 'gpu.run',
    count: 50,
    p50_ms: 49,
    p95_ms: 95,
    p99_ms: 99,
  });
  const trend = (await hub.get('/trend?buckets=2')).json.items as { events: number }[];
  expect(trend.map(({ events }) => events)).toEqual([50, 50]);
  expect((await hub.get('/graph')).json).toEqual({ items: [], is_exact: true });
  expect((await hub.get('/stats/sources')).json.items).toMatchObject([
    {
      service: 'checkout',
      pid: 4711,
      received: 100,
      inserted: 100,
      duplicates: 0,
      rejected: 0,
      lost: 0,
    },
  ]);
  const metrics = (await hub.get('/metrics')).text;
  expect(metrics).toContain('\naegis_trace_hub_events_inserted_total 100\n');
  expect(metrics).toContain(
    '\naegis_trace_hub_requests_total{route="/correlations",status="200"} 2\n',
  );
  for (const line of metrics.trimEnd().split('\n')) {
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [\d.e+-]+)$/);
  }
});

it('large values are left out where asked to, and named; each event is found whole by its place', async () => {
  const hub = await startTestHub();
  const run = makeRun();
  const attributes = { prompt: 'x'.repeat(5_000), result: 'y'.repeat(300), slot: '2' };
  await hub.send(run, [makeRecorded(7, { requestId: 'r', attributes })]);
  const whole = (await hub.get('/traces/r')).json.items;
  expect(whole[0].attributes).toEqual(attributes);
  expect((await hub.get('/traces/r?fields=all')).json.items).toEqual(whole);
  const [brief] = (await hub.get('/traces/r?fields=brief')).json.items;
  expect(brief.attributes).toEqual({ slot: '2', 'aegis.left_out': 'prompt, result' });
  const { status, json } = await hub.get(`/events/${run.run.toUpperCase()}/0/${brief.sequence}`);
  expect(status).toBe(200);
  expect(json).toEqual(whole[0]);
  const missing = await hub.get(`/events/${run.run}/0/8`);
  expect([missing.status, missing.json.code]).toEqual([404, 'not_found']);
});
