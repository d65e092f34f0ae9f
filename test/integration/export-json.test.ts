// What an export holds, read by this package, by JSON.parse, by ajv and by Python.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Drain } from '../../src/collector/drain.js';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { wallNsOf } from '../../src/event/clock.js';
import type { TraceEvent, TraceEventInput } from '../../src/event/trace-event.js';
import { readExportMetadata } from '../../src/export/read-export.js';
import { validateExport } from '../../src/export/validate-export.js';
import { readEvents, readMetadata } from '../support/json-export.js';
import { readWithPython } from '../support/python.js';
import { anyEvent, comparable } from '../support/random-event.js';
import { makeEvent, makeTestFolder, type TestFolder } from '../support/write-export.js';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

let folder: TestFolder;
let collector: TraceCollector;
beforeEach(() => {
  folder = makeTestFolder();
  collector = new TraceCollector({ capacity: 1_000 });
});
afterEach(() => {
  collector.close();
  folder.remove();
});

const inFolder = (name: string) => join(folder.path, name);

/** Exports and reads back in every way; all must agree event by event with what is given. */
async function expectInEveryReading(path: string, events: readonly TraceEvent[]): Promise<void> {
  const wanted = events.map(comparable);
  expect((await readEvents(path)).map(comparable)).toEqual(wanted);
  expect(readWithPython(path)[0]?.events.map(comparable)).toEqual(wanted);
  const report = await validateExport(path);
  expect([report.valid, report.events]).toEqual([true, events.length]);
}

it('C9, C11: int64 limits and 2^53 + 1 are exact from JS through C++ and a file to JS and Python', async () => {
  const values = [
    INT64_MIN,
    INT64_MIN + 1n,
    -(2n ** 53n) - 1n,
    -1n,
    0n,
    1n,
    2n ** 53n - 1n,
    2n ** 53n + 1n,
    INT64_MAX - 1n,
    INT64_MAX,
  ];
  for (const [index, timestampNs] of values.entries()) {
    const durationNs = values[values.length - 1 - index] as bigint;
    collector.record(makeEvent({ timestampNs, durationNs }));
  }
  const events = collector.query();
  expect(events.map(({ timestampNs }) => timestampNs)).toEqual(values);
  expect(events.map(({ durationNs }) => durationNs)).toEqual(values.toReversed());
  expect(collector.query({ start: INT64_MAX }).length).toBe(1);
  expect(collector.query({ end: INT64_MIN }).length).toBe(1);
  expect(collector.query({ start: INT64_MIN, end: INT64_MAX }).length).toBe(values.length);
  const path = inFolder('int64.json');
  await collector.exportJson(path);
  await expectInEveryReading(path, events);
});

it('C9: any events survive record, export and reading with Python and here', async () => {
  // One batch of many events: Python is started once.
  const events = fc.sample(fc.array(anyEvent, { minLength: 900, maxLength: 900 }), {
    numRuns: 1,
    seed: 2_024,
  })[0] as TraceEvent[];
  for (const event of events) collector.record(event);
  const recorded = collector.reader().read(1_000).events;
  expect(recorded).toHaveLength(events.length);
  const path = inFolder('any.json');
  await collector.exportJson(path);
  await expectInEveryReading(path, recorded);
});

it('C10: the file is in order of recording and its account is that of stats()', async () => {
  const small = new TraceCollector({ capacity: 5 });
  for (let i = 0; i < 4; i++) small.recordNow('t', 'c');
  small.clear();
  for (let i = 0; i < 8; i++) {
    small.record({ eventType: 't', component: 'c', timestampNs: -i, rationale: String(i) });
  }
  small.record({} as TraceEventInput);
  small.record({ eventType: 't', component: 'c'.repeat(300), rationale: '8' });
  const path = inFolder('account.json');
  expect(await small.exportJson(path)).toEqual({ events: 5 });
  const { recorded, size, dropped, cleared, rejected, truncated } = small.stats();
  expect(readMetadata(path)).toMatchObject({
    format: 'aegis-trace',
    format_version: 1,
    pid: process.pid,
    capacity: 5,
    recorded,
    retained: size,
    dropped,
    cleared,
    drained: 0,
    rejected,
    truncated,
  });
  expect([recorded, size, dropped, cleared, rejected, truncated]).toEqual([13, 5, 4, 4, 1, 1]);
  expect((await readEvents(path)).map(({ rationale }) => rationale)).toEqual([
    '4',
    '5',
    '6',
    '7',
    '8',
  ]);
  small.close();
});

it('C10: the clock anchor places events in wall time', async () => {
  const before = BigInt(Date.now());
  const path = inFolder('clock.json');
  collector.recordNow('decision', 'Scheduler');
  const after = BigInt(Date.now());
  await collector.exportJson(path);
  const [event] = await readEvents(path);
  const wallMs = wallNsOf(await readExportMetadata(path), event?.timestampNs ?? 0n) / 1_000_000n;
  expect(wallMs >= before - 1n && wallMs <= after + 1n).toBe(true);
});

it('two exports of one run place an event at the same time, as its ring does', async () => {
  const paths = [inFolder('first.json'), inFolder('second.json')] as const;
  for (const path of paths) await collector.exportJson(path);
  const [first, second] = await Promise.all(paths.map((path) => readExportMetadata(path)));
  const drain = Drain.open(collector);
  expect(first?.anchors).toEqual(drain.run.anchors);
  expect(second?.anchors).toEqual(drain.run.anchors);
  expect([first?.runId, second?.runId]).toEqual([drain.run.run, drain.run.run]);
  drain.close();
});

it('C9: an empty collector exports a valid document without events', async () => {
  const path = inFolder('empty.json');
  expect(await collector.exportJson(path)).toEqual({ events: 0 });
  await expectInEveryReading(path, []);
});

it('C9: only the owner may read the file, also one that replaces another', async () => {
  const path = inFolder('mode.json');
  writeFileSync(path, 'old', { mode: 0o644 });
  await collector.exportJson(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

describe('C9: attributes in which a name would occur twice', () => {
  it('keys that differ only in lone surrogates', async () => {
    const attributes = { '\ud800': 'first', other: 'x', '\udfff': 'last' };
    collector.record(makeEvent({ attributes }));
    const path = inFolder('surrogates.json');
    await collector.exportJson(path);
    const wanted = makeEvent({ attributes: { '\ufffd': 'last', other: 'x' } });
    expect(collector.query()).toEqual([wanted]);
    expect(await readEvents(path)).toEqual([wanted]);
    expect(readWithPython(path)[0]?.events).toEqual([wanted]);
  });

  it('an attribute of the caller named as the one that flags truncation', async () => {
    const attributes = { 'aegis.truncated': 'mine' };
    collector.record(makeEvent({ attributes }));
    collector.record(makeEvent({ attributes, rationale: 'x'.repeat(5_000) }));
    const path = inFolder('flag.json');
    await collector.exportJson(path);
    const events = collector.query();
    expect(events.map((event) => event.attributes)).toEqual([
      { 'aegis.truncated': 'mine' },
      { 'aegis.truncated': 'rationale' },
    ]);
    expect(await readEvents(path)).toEqual(events);
    expect(readWithPython(path)[0]?.events).toEqual(events);
  });
});
