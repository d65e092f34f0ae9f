import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, expect, it } from 'vitest';
import { PROBLEMS_MAX, validateExport } from '../../src/export/validate-export.js';
import { expectTraceError } from '../support/collect.js';
import { formatExport, makeEvent, makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

const events = [makeEvent(), makeEvent({ timestampNs: -(2n ** 63n), attributes: {} })];
const check = (content: string | Uint8Array) => validateExport(folder.write('v.json', content));

it('C9: a sound export is valid, here and for any validator with the shipped schema', async () => {
  const text = formatExport(events);
  expect(await check(text)).toMatchObject({
    valid: true,
    events: 2,
    metadata: { retained: 2, clock: { wallNs: 1_700_000_000_000_000_001n } },
    problems: [],
    problemCount: 0,
  });
  const url = new URL('../../src/export/trace-export.schema.json', import.meta.url);
  const schema = JSON.parse(readFileSync(url, 'utf8')) as object;
  const complaints: unknown[] = [];
  const logger = { log() {}, warn: complaints.push.bind(complaints), error() {} };
  const validate = new Ajv2020({ strict: 'log', logger }).compile(schema);
  expect(validate(JSON.parse(text))).toBe(true);
  expect(validate({ metadata: {}, events: [] })).toBe(false);
  expect(complaints).toEqual([]);
});

it('lists every problem with the event, the place and what came, and goes on', async () => {
  const text = formatExport([...events, makeEvent(), makeEvent()])
    .replace('"severity":"Info"', '"severity":"Fatal"')
    .replace('"attributes":{}', '"attributes":{"n":1},"extra":0')
    .replace(/"component":"Scheduler"(?=[^\n]*\n\]\}\n$)/, '"component":""');
  const report = await check(text);
  expect(report).toMatchObject({ valid: false, events: 4, problemCount: 4 });
  expect(report.problems).toEqual([
    {
      event: 0,
      path: '/events/0/severity',
      message: 'must be one of Info, Warning, Error, Critical; got "Fatal"',
    },
    {
      event: 1,
      path: '/events/1',
      message: 'must NOT have additional properties; got "extra"',
    },
    { event: 1, path: '/events/1/attributes/n', message: 'must be string; got 1' },
    {
      event: 3,
      path: '/events/3/component',
      message: 'must NOT have fewer than 1 characters; got ""',
    },
  ]);
});

it('counts all problems but lists a hundred', async () => {
  const many = Array.from({ length: PROBLEMS_MAX + 50 }, () => makeEvent());
  const report = await check(formatExport(many).replaceAll('"Info"', '"info"'));
  expect(report.problemCount).toBe(PROBLEMS_MAX + 50);
  expect(report.problems).toHaveLength(PROBLEMS_MAX);
});

it.each([
  ['C11: an integer one beyond int64', '"timestamp_ns":9223372036854775808', /64 bits/],
  ['an integer with a point', '"timestamp_ns":1.0', /64 bits/],
  ['a field twice', '"timestamp_ns":1,"timestamp_ns":1', /once/],
])('finds what a schema cannot: %s', async (_, field, message) => {
  const text = formatExport(events).replace(/"timestamp_ns":1000000000/, field);
  const report = await check(text);
  expect(report.problems).toHaveLength(1);
  expect(report.problems[0]).toMatchObject({ event: 0, path: '/events/0' });
  expect(report.problems[0]?.message).toMatch(message);
});

it.each([
  ['C10: fewer events than retained', { recorded: '3', retained: '3' }, '/metadata/retained', 2],
  ['C10: counters that do not add up', { dropped: '1' }, '/metadata', 2],
  ['a counter missing its type', { pid: '"1"' }, '/metadata/pid', 2],
  ['a clock without its wall', { clock: '{"steady_ns":1}' }, '/metadata/clock', 2],
  [
    'another version, whose events it does not judge',
    { format_version: '2' },
    '/metadata/format_version',
    0,
  ],
])('finds %s', async (_, metadata, path, count) => {
  const report = await check(formatExport(events, metadata));
  expect(report.problems.map((problem) => problem.path)).toEqual([path]);
  expect(report).toMatchObject({ valid: false, events: count });
});

it.each([
  ['an empty file', ''],
  ['a CSV', 'TIMESTAMP,ContextTokens\n1,2\n'],
  ['half an export', formatExport(events).slice(0, 700)],
  ['bytes', Buffer.from([0x7b, 0x22, 0xff, 0xfe])],
])('reports %s as invalid, with the place', async (_, content) => {
  const report = await check(content);
  expect(report.valid).toBe(false);
  expect(report.problems.at(-1)).toMatchObject({ event: undefined, path: '' });
  expect(report.problems.at(-1)?.message).toMatch(/v\.json: byte \d+: expected .*; got /);
});

it('throws for a file that cannot be opened', async () => {
  const missing = () => validateExport(`${folder.path}/none.json`);
  await expectTraceError(missing, 'ERR_TRACE_FILE', /ENOENT/);
});

it('stops when asked to', async () => {
  const file = folder.write('stop.json', formatExport(events));
  const stopped = () => validateExport(file, { signal: AbortSignal.abort() });
  await expectTraceError(stopped, 'ERR_TRACE_CANCELLED', /stopped by the caller/);
});
