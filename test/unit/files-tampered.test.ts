// What other programs do to files while they are open: the ring's, the spill, JSON lines. Those of a
// database: store-tampering.test.ts. docs/files-and-clocks.md has all files and faults.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Drain } from '../../src/collector/drain.js';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { recoverRing } from '../../src/export/recover-ring.js';
import { JsonLinesSink } from '../../src/pipeline/sinks/json-lines.js';
import { expectTraceError } from '../support/collect.js';
import { makeRecorded, makeRun } from '../support/recorded-events.js';
import { mountSmallDisk } from '../support/small-disk.js';
import { makeTestFolder, type TestFolder } from '../support/write-export.js';

let folder: TestFolder;
let inner: string;
let collector: TraceCollector | undefined;
beforeEach(() => {
  folder = makeTestFolder();
  inner = join(folder.path, 'inner');
  mkdirSync(inner);
});
afterEach(() => {
  collector?.close();
  collector = undefined;
  folder.remove();
});

function record(into: TraceCollector, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const rationale = String(i).padEnd(300);
    into.record({ eventType: 'failed', component: 'c', severity: 'Error', rationale });
  }
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** The file keeps its bytes and loses its name. */
const unnamings: [string, (path: string) => void][] = [
  ['renamed', (path) => renameSync(path, `${path}.elsewhere`)],
  ['deleted', (path) => rmSync(path)],
  [
    'replaced',
    (path) => {
      rmSync(path);
      writeFileSync(path, 'another file');
    },
  ],
  ['removed with its folder', (path) => rmSync(dirname(path), { recursive: true })],
];

it.each(unnamings)('a ring whose file is %s loses no event while it runs', async (what, unname) => {
  const file = join(inner, 'a.ring');
  const own = new TraceCollector({ capacity: 100, file });
  collector = own;
  record(own, 0, 10);
  unname(file);
  record(own, 10, 20);
  expect(own.query().map(({ rationale }) => Number(rationale))).toEqual(range(0, 20));
  if (what === 'renamed') {
    expect((await recoverRing(`${file}.elsewhere`)).events).toHaveLength(20);
  }
  own.close();
  const open = () => new TraceCollector({ capacity: 100, file });
  if (what === 'replaced') {
    await expectTraceError(open, 'ERR_TRACE_FILE', /no ring file, so it is left alone/);
    expect(readFileSync(file, 'utf8')).toBe('another file');
  } else {
    collector = open();
    expect(existsSync(file)).toBe(true);
  }
});

it.each(unnamings)(
  'a spill file that is %s gives every error while the process lives',
  (_, unname) => {
    collector = new TraceCollector({ capacity: 10 });
    const drain = Drain.open(collector, { errorLaneBytes: 65_536, spillDirectory: inner });
    record(collector, 0, 300);
    unname(join(inner, readdirSync(inner)[0] as string));
    record(collector, 300, 350);
    const found = drain.peekErrors(1_000).map(({ event }) => Number(event.rationale));
    expect(found.toSorted((a, b) => a - b)).toEqual(range(0, 350));
    expect(drain.stats().lostErrors).toBe(0);
    drain.acknowledgeErrors();
    drain.close();
  },
);

const linesIn = (path: string) => {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence);
};
const openLines = (path: string) =>
  new JsonLinesSink({ path, maxBytes: 2 ** 26, maxAgeMs: 0, keepFiles: 2 }, (said) => said);

it('JSON lines whose folder is removed refuse a batch, and take it when the folder is back', async () => {
  const path = join(inner, 'events.jsonl');
  const sink = openLines(path);
  await sink.append(makeRun(), [makeRecorded(0)], { durable: true });
  rmSync(inner, { recursive: true });
  const append = () => sink.append(makeRun(), [makeRecorded(1)], { durable: true });
  await expect(append()).rejects.toThrow(/ENOENT/);
  mkdirSync(inner);
  await append();
  await sink.close();
  expect(linesIn(path)).toEqual([1]);
});

it('JSON lines on a full disk refuse a batch whole, and take it once when there is room', async (context) => {
  const disk = join(folder.path, 'disk');
  const unmount = mountSmallDisk(context, disk, 2 ** 18);
  try {
    const filler = join(disk, 'filler');
    writeFileSync(filler, Buffer.alloc(2 ** 17));
    const sink = openLines(join(disk, 'events.jsonl'));
    const batch = (from: number) => range(from, from + 100).map((n) => makeRecorded(n));
    const append = (from: number) => sink.append(makeRun(), batch(from), { durable: true });
    let stored = 0;
    const fill = async () => {
      for (; stored < 100_000; stored += 100) await append(stored);
    };
    await expect(fill()).rejects.toThrow(/ENOSPC/);
    rmSync(filler);
    await append(stored);
    await sink.close();
    expect(linesIn(join(disk, 'events.jsonl'))).toEqual(range(0, stored + 100));
  } finally {
    unmount();
  }
});
