import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Batch, formatBatch, parseBatch } from '../../src/wire/batch.js';
import { expectTraceError } from '../support/collect.js';
import { anyEvent, comparable } from '../support/random-event.js';
import { makeEvents, makeRun, WALL_NS } from '../support/recorded-events.js';

const account = {
  recorded: 10,
  dropped: 1,
  lost: 2,
  lostErrors: 3,
  rejected: 4,
  spilled: 5,
  heldBack: 6,
  backlog: 7,
  writeLagMs: 8,
  sentWallNs: WALL_NS + 1n,
};
const batch: Batch = { run: makeRun({ service: 'checkout' }), account, events: makeEvents(2) };
const text = formatBatch(batch);

/** The text with one part of it replaced, which must be there once. */
function changed(from: string | RegExp, to: string): string {
  const result = text.replace(from, to);
  expect(result).not.toBe(text);
  return result;
}

it('what is written is read back, int64 exactly, whatever the events are', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 5 }), fc.boolean(), (events, hasAccount) => {
      const run = makeRun({ host: 'a', service: 'b', project: 'c', version: 'd' });
      const placed = events.map((event, sequence) => ({ lane: 63, sequence, event }));
      const given = { run, ...(hasAccount && { account }), events: placed };
      const { events: found, indexes, rejected, ...head } = parseBatch(formatBatch(given));
      expect(head).toEqual({ run, account: hasAccount ? account : undefined });
      expect(found.map(({ event }) => comparable(event))).toEqual(events.map(comparable));
      expect(found.map(({ lane, sequence }) => [lane, sequence])).toEqual(
        placed.map(({ lane, sequence }) => [lane, sequence]),
      );
      expect([indexes, rejected]).toEqual([events.map((_, index) => index), []]);
    }),
  );
});

it('a text that looks like a field of nanoseconds stays as it is', () => {
  const rationale = 'he wrote "timestamp_ns":1234567890123456789, "wall_ns": 1234567890123456789}';
  const attributes = { '"timestamp_ns":1234567890123456789': rationale, timestamp_ns: '1' };
  const events = makeEvents(1, () => ({ rationale, attributes }));
  expect(parseBatch(formatBatch({ ...batch, events })).events).toEqual(events);
});

it.each<[string, string, RegExp]>([
  ['nothing', '', /^a batch must be JSON; got "Unexpected end of JSON input"/],
  ['a list', '[]', /^a batch must be an object; got an array/],
  [
    'another format',
    changed('aegis-trace-batch', 'x'),
    /^format must be "aegis-trace-batch"; got "x"/,
  ],
  ['another version', changed('"version":1', '"version":2'), /^version must be one of 1; got 2/],
  ['an unknown field', changed('"account"', '"acount"'), /a batch must be one of .*; got "acount"/],
  [
    'no events',
    changed('"events":[', '"events":{},"run":['),
    /events must be an array; got an object/,
  ],
  ['a run that is none', changed(batch.run.run, 'x'), /^run.run must be a UUID; got "x"/],
  [
    'a pid of -1',
    changed('"pid":4711', '"pid":-1'),
    /^run.pid must be an integer of 0 or more; got -1/,
  ],
  [
    'a service of 1',
    changed('"service":"checkout"', '"service":1'),
    /^run.service must be a string/,
  ],
  ['no anchors', changed(/"anchors":\[.*?\]/, '"anchors":[]'), /^run.clock.anchors must be a list/],
  [
    'a wall time as text',
    changed(`"wall_ns":${WALL_NS}`, '"wall_ns":"1"'),
    /\[0\].wall_ns must be an integer of 64 bits; got "1"/,
  ],
  [
    'a wall time beyond',
    changed(`"wall_ns":${WALL_NS}`, `"wall_ns":${2n ** 63n}`),
    /wall_ns must be an integer of 64 bits/,
  ],
  [
    'a count of 0.5',
    changed('"lost":2', '"lost":0.5'),
    /^account.lost must be an integer of 0 or more; got 0.5/,
  ],
])('refuses a batch with %s', async (_, malformed, message) => {
  await expectTraceError(() => parseBatch(malformed), 'ERR_TRACE_FORMAT', message);
});

it.each<[string, string, RegExp]>([
  ['"lane":0', '"lane":"0"', /^lane must be an integer of 0 or more; got "0"/],
  ['"sequence":0', '"sequence":-1', /^sequence must be an integer of 0 or more; got -1/],
  ['"event_id":"', '"event_id":"X', /^event_id must be a UUID in lower case/],
  [
    '"event_type":"scheduling_decision"',
    '"event_type":""',
    /^event_type must be a non-empty string; got ""/,
  ],
  [
    '"component":"Scheduler"',
    '"component":null',
    /^component must be a non-empty string; got null/,
  ],
  [
    '"timestamp_ns":1000000000',
    '"timestamp_ns":1.5',
    /^timestamp_ns must be an integer of 64 bits; got 1.5/,
  ],
  ['"timestamp_ns":1000000000', '"timestamp_ns":9223372036854775808', /^timestamp_ns must be/],
  [
    '"duration_ns":45000',
    '"duration_ns":"45000"',
    /^duration_ns must be an integer of 64 bits; got "45000"/,
  ],
  ['"model_id":"model_a"', '"model_id":[]', /^model_id must be a string; got an array/],
  ['"severity":"Info"', '"severity":"info"', /^severity must be one of Info, .*; got "info"/],
  ['"attributes":{}', '"attributes":{"a":1}', /^attribute "a" must be a string; got 1/],
  ['"attributes":{}', '"attributes":[]', /^attributes must be an object; got an array/],
  [
    '"rationale":"decision 0"',
    '"rational":""',
    /^an event has the known fields only; got "rational"/,
  ],
])('sets an event aside that has %s as %s, and reads the rest', (from, to, reason) => {
  const { events, indexes, rejected } = parseBatch(changed(from, to));
  expect(events).toEqual(batch.events.slice(1));
  expect(indexes).toEqual([1]);
  expect(rejected).toEqual([{ index: 0, reason: expect.stringMatching(reason) }]);
});

it('names of objects are only names', () => {
  const hostile = changed('"attributes":{}', '"attributes":{"__proto__":"x","constructor":"y"}');
  const [placed] = parseBatch(hostile).events;
  expect(Object.entries(placed?.event.attributes ?? {})).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  expect(parseBatch(changed('"run":{', `"run":{"run":"${randomUUID()}",`)).run.run).toBe(
    batch.run.run,
  );
  expect(({} as { x?: unknown }).x).toBeUndefined();
});
