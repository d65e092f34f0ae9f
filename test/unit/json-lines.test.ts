import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunInfo } from '../../src/event/recorded-event.js';
import type { CheckedJsonLines } from '../../src/pipeline/options.js';
import { JsonLinesSink } from '../../src/pipeline/sinks/json-lines.js';
import { parseEventLine } from '../../src/wire/event-line.js';
import { runCli } from '../support/capture-io.js';
import { DIST_URL, runModule } from '../support/child.js';
import { makePipelineFolder, type PipelineFolder } from '../support/pipeline-process.js';
import { makeEvent } from '../support/write-export.js';

const RUN_ID = '00000000-0000-4000-8000-000000000001';
const RUN: RunInfo = { run: RUN_ID, pid: 1, anchors: [{ steadyNs: 1_000n, wallNs: 5_000n }] };
let folder: PipelineFolder;
let path: string;
let troubles: string[];
beforeEach(() => {
  troubles = [];
  folder = makePipelineFolder();
  path = join(folder.path, 'events.jsonl');
});
afterEach(() => folder.remove());

const open = (options: Partial<CheckedJsonLines> = {}) =>
  new JsonLinesSink({ path, maxBytes: 2 ** 26, maxAgeMs: 0, keepFiles: 2, ...options }, (message) =>
    troubles.push(message),
  );
const placed = (sequence: number) => ({ lane: 0, sequence, event: makeEvent() });
const append = (sink: JsonLinesSink, ...sequences: number[]) =>
  sink.append(RUN, sequences.map(placed), { durable: true });
const sequencesIn = (file: string): number[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { sequence: number }).sequence);

it('P1: an event is a line: its place, its wall time, and what an export has', async () => {
  const sink = open();
  await append(sink, 7);
  await sink.close();
  const line = readFileSync(path, 'utf8');
  expect(line).toMatch(/^[^\n]*\n$/);
  expect(parseEventLine(line)).toEqual({
    event: makeEvent(),
    origin: { run: RUN_ID, pid: 1, lane: 0, sequence: 7, wallNs: 1_000_004_000n },
  });
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('the commands read its files, and say when the last line is being written', async () => {
  const sink = open();
  await append(sink, 1, 2, 3);
  // Another run, whose steady clock began anew: its wall time is a second later.
  const later = { steadyNs: 1_000n, wallNs: 1_000_005_000n };
  const second = { ...RUN, run: RUN_ID.replace('1', '2'), anchors: [later] };
  await sink.append(second, [placed(4)], { durable: true });
  const summary = await runCli(['summary', path]);
  expect([summary.exit, summary.stderr]).toEqual([0, '']);
  expect(summary.stdout).toContain('events      4 in JSON lines\n');
  expect(summary.stdout).toContain('to          1970-01-01T00:00:02.000004000Z (1.00 s)');
  const valid = await runCli(['validate', path]);
  expect([valid.exit, valid.stdout]).toEqual([0, `${path}: valid, 4 events\n`]);
  const chain = await runCli(['chain', path, makeEvent().requestId]);
  expect(chain.stdout).toContain('from 1970-01-01T00:00:01.000004000Z');
  appendFileSync(path, '{"run":"0000');
  const query = await runCli(['query', path, '--json']);
  expect(JSON.parse(query.stdout)).toMatchObject({ count: 4 });
  expect(query.stderr).toContain('the last event is cut off, and left out');
  const cut = await runCli(['validate', path]);
  expect([cut.exit, cut.stdout]).toEqual([1, expect.stringContaining('/events/4: the last event')]);
  await sink.close();
});

it.each([
  ['in the middle of a line', '{"run":"run-1","la'],
  ['with no line at all before', undefined],
])('P2: what a crash left torn is cut off: %s', async (_, torn) => {
  const first = open();
  if (torn !== undefined) await append(first, 1, 2);
  await first.close();
  appendFileSync(path, torn ?? '{"run"');
  const second = open();
  await append(second, 3);
  await second.close();
  expect(sequencesIn(path)).toEqual(torn === undefined ? [3] : [1, 2, 3]);
});

it('P2: a file cut off at any byte keeps its whole lines, and what comes next is a line of its own', async () => {
  const whole = open();
  await append(whole, 1, 2);
  await whole.close();
  const bytes = readFileSync(path);
  const firstEnd = bytes.indexOf('\n') + 1;
  for (let length = 0; length <= bytes.length; length++) {
    writeFileSync(path, bytes.subarray(0, length));
    const sink = open();
    await sink.append(RUN, [placed(3)], { durable: false });
    await sink.close();
    const kept = length === bytes.length ? [1, 2] : length >= firstEnd ? [1] : [];
    expect(sequencesIn(path), `cut off at ${length}`).toEqual([...kept, 3]);
  }
});

it('P2: whatever follows a line of ours, nothing but a torn line is touched', async () => {
  const first = open();
  await append(first, 0);
  await first.close();
  const own = readFileSync(path);
  const line = fc.oneof(
    fc.constant(Buffer.from('\n')),
    fc.constant(own.subarray(0, 50)),
    fc.uint8Array({ maxLength: 90_000 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (parts) => {
      const content = Buffer.concat([own, ...parts]);
      writeFileSync(path, content);
      const sink = open();
      await sink.append(RUN, [placed(1)], { durable: false });
      await sink.close();
      const found = readFileSync(path);
      const end = content.lastIndexOf(10) + 1;
      const tail = content.subarray(end);
      const isTorn = tail.every((byte, at) => byte === 0 || byte === own[at]);
      const kept = isTorn ? content.subarray(0, end) : Buffer.concat([content, Buffer.from('\n')]);
      expect(found.subarray(0, kept.length).equals(kept) || startsAsOurs(tail, own)).toBe(true);
      const last = found.toString('utf8').trimEnd().split('\n').at(-1) as string;
      expect((JSON.parse(last) as { sequence: number }).sequence).toBe(1);
    }),
    { numRuns: 200 },
  );
});

/** Whether it begins with what each line of ours does, so that it is taken for a torn one. */
const startsAsOurs = (tail: Buffer, own: Buffer) => tail.subarray(0, 8).equals(own.subarray(0, 8));

it('P2: a torn line longer than what is searched at a time', async () => {
  const first = open();
  await append(first, 1);
  await first.close();
  appendFileSync(path, `{"run":"${'x'.repeat(200_000)}`);
  const second = open();
  await append(second, 2);
  await second.close();
  expect(sequencesIn(path)).toEqual([1, 2]);
});

it('P1: rotates by size and keeps so many', async () => {
  const sink = open({ maxBytes: 1_000 });
  for (let sequence = 0; sequence < 10; sequence += 2) await append(sink, sequence, sequence + 1);
  await sink.close();
  expect(readdirSync(folder.path).toSorted()).toEqual([
    'events.jsonl',
    'events.jsonl.1',
    'events.jsonl.2',
  ]);
  expect(sequencesIn(path)).toEqual([8, 9]);
  expect(sequencesIn(`${path}.1`)).toEqual([6, 7]);
  expect(sequencesIn(`${path}.2`)).toEqual([4, 5]);
});

it('P1: rotates by age', async () => {
  const sink = open({ maxAgeMs: 1 });
  await append(sink, 1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await append(sink, 2);
  await sink.close();
  expect(sequencesIn(path)).toEqual([2]);
  expect(sequencesIn(`${path}.1`)).toEqual([1]);
});

it('P1: keeps none', async () => {
  const sink = open({ maxBytes: 1_000, keepFiles: 0 });
  for (let sequence = 0; sequence < 6; sequence += 2) await append(sink, sequence, sequence + 1);
  await sink.close();
  expect(readdirSync(folder.path)).toEqual(['events.jsonl']);
  expect(sequencesIn(path)).toEqual([4, 5]);
});

it('P2: a file deleted while it is open is made anew', async () => {
  const sink = open();
  await append(sink, 1);
  rmSync(path);
  await append(sink, 2);
  await sink.close();
  expect(sequencesIn(path)).toEqual([2]);
});

it('follows no link', async () => {
  const target = join(folder.path, 'target');
  writeFileSync(target, '');
  symlinkSync(target, path);
  await expect(append(open(), 1)).rejects.toThrow(/ELOOP/);
  expect(readFileSync(target, 'utf8')).toBe('');
});

it('a file that was renamed, as logrotate does, is left to whoever renamed it', async () => {
  const sink = open();
  await append(sink, 1);
  renameSync(path, `${path}.moved`);
  await append(sink, 2);
  await append(sink, 3);
  await sink.close();
  expect(sequencesIn(`${path}.moved`)).toEqual([1]);
  expect(sequencesIn(path)).toEqual([2, 3]);
  expect(troubles).toEqual([]);
});

it('a file that was replaced is taken when its lines are ours, and refused when they are not', async () => {
  const sink = open();
  await append(sink, 1);
  const line = readFileSync(path, 'utf8');
  writeFileSync(`${path}.other`, line);
  renameSync(`${path}.other`, path);
  await append(sink, 2);
  expect(sequencesIn(path)).toEqual([1, 2]);
  writeFileSync(`${path}.other`, 'a,b,c\n1,2,3\n');
  renameSync(`${path}.other`, path);
  await expect(append(sink, 3)).rejects.toThrow(
    /must be a new file, or one of lines that begin with/,
  );
  await sink.close();
  expect(readFileSync(path, 'utf8')).toBe('a,b,c\n1,2,3\n');
});

it.each([
  ['text without a final newline', 'my only copy'],
  ['a whole file of something else', '[{"a":1}]\n'],
  ['lines of JSON of another program', '{"level":30}\n{"level":30'],
  ['a beginning that is nearly ours', '{"run":1}\n'],
])('%s is refused and left as it is', async (_, content) => {
  writeFileSync(path, content);
  const sink = open();
  expect(() => sink.open()).toThrow(
    expect.objectContaining({ code: 'ERR_TRACE_OPTION', message: expect.stringContaining(path) }),
  );
  await sink.close();
  expect(readFileSync(path, 'utf8')).toBe(content);
});

it.each([
  ['a torn line of ours', (line: string) => line.slice(0, -20)],
  ['the first characters of a line', () => '{"ru'],
  ['zeros, as a power cut leaves them', () => '\0'.repeat(5_000)],
])('%s at the end is cut off when the file is opened', async (_, torn) => {
  const first = open();
  await append(first, 1);
  await first.close();
  appendFileSync(path, torn(readFileSync(path, 'utf8')));
  const sink = open();
  await append(sink, 2);
  await sink.close();
  expect(sequencesIn(path)).toEqual([1, 2]);
});

it('what another program adds after our lines is not cut off', async () => {
  const first = open();
  await append(first, 1);
  await first.close();
  appendFileSync(path, 'a note without an end');
  const sink = open();
  await append(sink, 2);
  await sink.close();
  expect(readFileSync(path, 'utf8')).toMatch(/^\{.*\}\na note without an end\n\{.*\}\n$/);
});

it.each([
  ['emptied', 0],
  ['cut in the middle of a line', 700],
])(
  'a file that is %s while it is open goes on with a whole line, and that is said',
  async (_, bytes) => {
    const sink = open();
    await append(sink, 1, 2, 3);
    const lineBytes = statSync(path).size / 3;
    truncateSync(path, bytes);
    await append(sink, 4);
    await sink.close();
    const kept = [1, 2, 3].slice(0, Math.floor(bytes / lineBytes));
    expect(sequencesIn(path)).toEqual([...kept, 4]);
    expect(troubles).toEqual([expect.stringMatching(/was cut to \d+ bytes while it was open/)]);
  },
);

it('a file that is deleted while it is open is made anew, and that is said', async () => {
  const sink = open();
  await append(sink, 1);
  rmSync(path);
  await append(sink, 2);
  await sink.close();
  expect(sequencesIn(path)).toEqual([2]);
  expect(troubles).toEqual([expect.stringContaining('was deleted while it was open')]);
});

it('a relative path is where the process was when the pipeline began', async () => {
  const script = `
    import { mkdirSync } from 'node:fs';
    import { TraceCollector } from ${JSON.stringify(new URL('index.js', DIST_URL).href)};
    import { startPipeline } from ${JSON.stringify(new URL('pipeline/index.js', DIST_URL).href)};
    process.chdir(process.argv[1]);
    const collector = new TraceCollector();
    const pipeline = await startPipeline({ collector, sink: { jsonLines: { path: 'events.jsonl' } }, metricsEventIntervalMs: 0 });
    mkdirSync('elsewhere');
    process.chdir('elsewhere');
    collector.recordNow('type', 'test');
    if (!(await pipeline.close())) throw new Error('not closed');`;
  const { code, stderr } = await runModule(script, { args: [folder.path] });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(sequencesIn(path)).toEqual([0]);
  expect(readdirSync(join(folder.path, 'elsewhere'))).toEqual([]);
});

it('a pipeline does not start with a file of somebody else', async () => {
  writeFileSync(path, 'mine');
  const script = `
    import { TraceCollector } from ${JSON.stringify(new URL('index.js', DIST_URL).href)};
    import { startPipeline } from ${JSON.stringify(new URL('pipeline/index.js', DIST_URL).href)};
    const sink = { jsonLines: { path: process.argv[1] } };
    await startPipeline({ collector: new TraceCollector(), sink }).catch(({ code }) => console.log(code));`;
  const { stdout } = await runModule(script, { args: [path] });
  expect(stdout).toBe('ERR_TRACE_OPTION\n');
});
