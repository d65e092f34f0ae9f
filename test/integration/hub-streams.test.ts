// Events as they come, and what a client is told that did not get all of them.
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.js';
import { KEYS, makeHubFolder, startTestHub } from '../support/hub.js';
import { Listener } from '../support/hub-listener.js';
import { makeEvents, makeRecorded, makeRun } from '../support/recorded-events.js';

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

it('H2: gives what matches as it comes, once, in the order of insertion', async () => {
  const hub = await startTestHub();
  const run = makeRun();
  await hub.send(run, makeEvents(5));
  const all = await Listener.open(hub, '/recent/stream');
  const errors = await Listener.open(hub, '/recent/stream?where=status:ERR');
  const chain = await Listener.open(hub, '/traces/r1/stream');
  await hub.send(run, [
    makeRecorded(5, { severity: 'Error' }),
    makeRecorded(6, { requestId: 'r1', rationale: 'line\none\r\n\r\ndata: two\u2028' }),
    makeRecorded(7, { ms: -1000 }),
  ]);
  await hub.send(run, makeEvents(9));
  await all.has(4);
  expect(all.sequences()).toEqual([5, 6, 7, 8]);
  expect(errors.sequences()).toEqual([5]);
  expect(chain.sequences()).toEqual([6]);
  expect(JSON.parse(chain.events[0]?.data ?? '').rationale).toBe(
    'line\none\r\n\r\ndata: two\u2028',
  );
});

it('H2: goes on after the last event that a client has, also in another hub on the database', async () => {
  const database = join(makeHubFolder(), 'hub.db');
  const hub = await startTestHub({ database });
  const run = makeRun();
  const first = await Listener.open(hub, '/recent/stream');
  await hub.send(run, makeEvents(10));
  await first.has(10);
  first.close();
  const lastId = first.events[3]?.id;
  await hub.send(run, makeEvents(20));
  const second = await Listener.open(hub, '/recent/stream', lastId);
  await second.has(16);
  expect(second.sequences()).toEqual(numbers(4, 19));
  await hub.hub.close();
  await second.ended;
  expect(second.events.at(-1)).toMatchObject({ event: 'end', data: '{"reason":"the hub ends"}' });
  const again = await startTestHub({ database });
  const third = await Listener.open(again, '/recent/stream', second.events[0]?.id);
  await again.send(run, makeEvents(21));
  await third.has(16);
  expect(third.sequences()).toEqual(numbers(5, 20));
});

it('U3: says how the hub is whenever that changes, alone or beside events', async () => {
  const hub = await startTestHub();
  const statusOf = (listener: Listener) =>
    listener.events
      .filter(({ event }) => event === 'status')
      .map(({ data }) => JSON.parse(data) as { events: number; errors: number; version: string })
      .at(-1);
  const status = await Listener.open(hub, '/status/stream');
  await eventually(() => expect(statusOf(status)).toMatchObject({ events: 0, errors: 0 }));
  const { version } = statusOf(status) as { version: string };
  const both = await Listener.open(hub, '/recent/stream?status_events=true&where=status:ERR');
  const without = await Listener.open(hub, '/recent/stream');
  const wallNs = BigInt(Date.now()) * 1_000_000n;
  const run = makeRun({ wallNs });
  await hub.send(run, [makeRecorded(0), makeRecorded(1, { severity: 'Error' })]);
  for (const listener of [status, both]) {
    await eventually(() => expect(statusOf(listener)).toMatchObject({ events: 2, errors: 1 }));
    expect(statusOf(listener)?.version).not.toBe(version);
  }
  expect(both.sequences()).toEqual([1]);
  await without.has(2);
  expect(statusOf(without)).toBeUndefined();
  expect((await hub.get('/status')).json).toEqual(statusOf(status));
  // Nothing happens: nothing is said.
  const said = status.events.length;
  await sleep(2_500);
  expect(status.events).toHaveLength(said);
  await hub.hub.close();
  await Promise.all([status.ended, both.ended]);
});

it('an id of another database is told as a gap, and so is one that is none', async () => {
  const hub = await startTestHub();
  await hub.send(makeRun(), makeEvents(3));
  for (const id of ['630013a6-9fd7-4ac9-9029-1e9d09091b7c.1', 'x', '']) {
    const listener = await Listener.open(hub, '/recent/stream', id);
    await listener.has(3);
    expect(listener.events[0], id).toMatchObject({ event: 'gap', data: '{"missed":1}' });
    expect(listener.sequences()).toEqual([0, 1, 2]);
  }
});

it('more than a thousand in a second are counted as a gap: what came and what is missing is all', async () => {
  const hub = await startTestHub();
  const listener = await Listener.open(hub, '/recent/stream');
  await hub.send(makeRun(), makeEvents(5_000));
  const missed = () =>
    listener.events
      .filter(({ event }) => event === 'gap')
      .reduce((sum, { data }) => sum + (JSON.parse(data) as { missed: number }).missed, 0);
  await eventually(() => expect(listener.sequences().length + missed()).toBe(5_000));
  expect(missed()).toBeGreaterThan(0);
  const got = listener.sequences();
  expect(got).toEqual([...new Set(got)].sort((a, b) => a - b));
});

it('H4: a client that never reads keeps nothing from the others', async () => {
  const hub = await startTestHub();
  const socket = connect(hub.hub.port, '127.0.0.1').pause();
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.write(
    `GET /recent/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${KEYS.read}\r\n\r\n`,
  );
  const listener = await Listener.open(hub, '/recent/stream');
  await eventually(async () => {
    expect((await hub.get('/metrics')).text).toContain('aegis_trace_hub_streams 2\n');
  });
  const run = makeRun();
  const long = 'x'.repeat(20_000);
  for (let batch = 0; batch < 10; batch++) {
    const events = Array.from({ length: 100 }, (_, index) =>
      makeRecorded(batch * 100 + index, { rationale: long }),
    );
    await hub.send(run, events);
  }
  await listener.has(1_000);
  expect(listener.sequences()).toEqual(numbers(0, 999));
});

it('there is room for a hundred, and one more is told when to come again', async () => {
  const hub = await startTestHub();
  await Promise.all(Array.from({ length: 100 }, () => Listener.open(hub, '/recent/stream')));
  const { status, headers, json } = await hub.get('/recent/stream');
  expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'overloaded', '10']);
});

it('a client that has gone is forgotten', async () => {
  const hub = await startTestHub();
  const socket = connect(hub.hub.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `GET /recent/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${KEYS.read}\r\n\r\n`,
  );
  await once(socket, 'data');
  socket.destroy();
  await sleep(50);
  await eventually(async () => {
    expect((await hub.get('/metrics')).text).toContain('aegis_trace_hub_streams 0\n');
  });
});

it('a connection on which nothing was asked does not keep the hub from ending', async () => {
  const { hub } = await startTestHub();
  const socket = connect(hub.port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  await hub.close();
  await closed;
  // Node by itself would have waited for its head.
  expect(socket.bytesRead).toBe(0);
}, 10_000);
