import { appendFileSync, copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { readExport, readExportMetadata } from '../../src/export/read-export.js';
import { recoverRing, recoverRingToJson } from '../../src/export/recover-ring.js';
import { validateExport } from '../../src/export/validate-export.js';
import { runCli } from '../support/capture-io.js';
import { collect, expectTraceError } from '../support/collect.js';
import { makeTestFolder, type TestFolder } from '../support/write-export.js';

let folder: TestFolder;
let collector: TraceCollector;
let file: string;

beforeEach(() => {
  folder = makeTestFolder();
  file = join(folder.path, 'run', 'a.ring');
  collector = new TraceCollector({ capacity: 100, file });
  for (let i = 0; i < 120; i++) {
    collector.record({
      eventType: 'decision',
      component: 'Scheduler',
      rationale: `größer ${i}`,
      requestId: `request-${i % 2}`,
      timestampNs: 2n ** 60n + BigInt(i),
      attributes: { i },
    });
  }
});
afterEach(() => {
  collector.close();
  folder.remove();
});

/** Flips a bit of the record that has this text in it. */
function damage(text: string): string {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(text);
  bytes[at] = (bytes[at] as number) ^ 1;
  const damaged = join(folder.path, 'damaged.bin');
  writeFileSync(damaged, bytes);
  return damaged;
}

it('C14: gives back the events of a live ring, exactly, and of a copy and a closed one', async () => {
  const reader = collector.reader();
  const live = reader.read(1000).events;
  reader.close(); // the ring is closed with the last that holds it
  const { metadata, events } = await recoverRing(file);
  expect(events).toEqual(live);
  expect(metadata).toMatchObject({ pid: process.pid, recorded: 120, retained: 100, dropped: 20 });
  expect(metadata.recovered).toMatchObject({ closedWallNs: 0n, skippedRecords: 0 });
  copyFileSync(file, join(folder.path, 'copy'));
  collector.close();
  expect((await recoverRing(join(folder.path, 'copy'))).events).toEqual(live);
  const closed = await recoverRing(file);
  expect(closed.events).toEqual(live);
  expect(closed.metadata.recovered?.closedWallNs).toBeGreaterThan(metadata.clock.wallNs);
  expect(closed.metadata.recovered?.runId).toBe(metadata.recovered?.runId);
});

it('C14: writes an ordinary export', async () => {
  const json = join(folder.path, 'trace.json');
  const metadata = await recoverRingToJson(file, pathToFileURL(json));
  expect(await readExportMetadata(json)).toEqual(metadata);
  expect(await collect(readExport(json))).toEqual((await recoverRing(file)).events);
  expect(await validateExport(json)).toMatchObject({ valid: true, events: 100 });
});

it('C14: skips and counts what is damaged', async () => {
  const { metadata, events } = await recoverRing(damage('größer 70'));
  expect(events.map(({ rationale }) => rationale)).not.toContain('größer 70');
  expect(metadata).toMatchObject({ recorded: 120, retained: 100, dropped: 20 });
  expect(metadata.recovered?.skippedRecords).toBe(1);
});

describe('is refused:', () => {
  it.each([
    ['no file', 'none', 'ERR_TRACE_FILE', /No such file/],
    ['a folder', '.', 'ERR_TRACE_FILE', /must be a regular file/],
    ['text', 'text', 'ERR_TRACE_FORMAT', /must be a ring file/],
    ['an empty path', '', 'ERR_TRACE_OPTION', /file must be a non-empty string/],
  ] as const)('%s', async (_, name, code, message) => {
    folder.write('text', '{');
    const path = name && join(folder.path, name);
    await expectTraceError(() => recoverRing(path), code, message);
    const out = join(folder.path, 'out.json');
    await expectTraceError(() => recoverRingToJson(path, out), code, message);
  });

  it('C14: a ring that is alive, naming its process', async () => {
    const open = () => new TraceCollector({ file: pathToFileURL(file) });
    await expectTraceError(
      open,
      'ERR_TRACE_FILE',
      new RegExp(`process ${process.pid} is recording`),
    );
  });
});

it('C14: earlier runs are kept', async () => {
  collector.close();
  collector = new TraceCollector({ capacity: 10, file, keepFiles: 1 });
  expect((await recoverRing(`${file}.1`)).events).toHaveLength(100);
  expect((await recoverRing(file)).events).toEqual([]);
});

describe('C14: aegis-trace', () => {
  it('recover writes an export, to stdout or to a file', async () => {
    const out = join(folder.path, 'out.json');
    const written = await runCli(['recover', file, '--out', out]);
    expect([written.exit, written.stdout]).toEqual([0, '']);
    expect(written.stderr).toMatch(/^100 events recovered of process \d+, which did not close it/);
    const printed = await runCli(['recover', file]);
    const piped = folder.write('piped.json', printed.stdout);
    expect(await collect(readExport(piped))).toEqual(await collect(readExport(out)));
    expect(await validateExport(piped)).toMatchObject({ valid: true, events: 100 });
  });

  it('the other commands read a ring file, whatever its name', async () => {
    copyFileSync(file, join(folder.path, 'trace.json'));
    for (const path of [file, join(folder.path, 'trace.json')]) {
      const summary = await runCli(['summary', path]);
      expect(summary.stdout).toContain('events      100 of 120 recorded');
      expect(summary.stdout).toContain(
        'recovered   of a process which did not close it: it was killed, crashed or is alive; 0 records',
      );
      const query = await runCli(['query', path, '--limit', '2', '--json']);
      expect(JSON.parse(query.stdout)).toMatchObject({ count: 2 });
      const chain = await runCli(['chain', path, 'request-1']);
      expect(chain.stdout).toContain('50 events in');
      const validate = await runCli(['validate', path]);
      expect([validate.exit, validate.stdout]).toEqual([0, `${path}: valid, 100 events\n`]);
    }
  });

  it('read a ring that comes through a pipe, also as gzip', async () => {
    const stdin = gzipSync(readFileSync(file));
    for (const argv of [
      ['summary', '-'],
      ['query', '-'],
      ['validate', '-'],
      ['recover', '-'],
    ]) {
      const piped = await runCli(argv, { stdin });
      const direct = await runCli(argv.with(1, file));
      expect(piped.exit).toBe(0);
      expect(piped.stdout.replace('stdin', file)).toBe(direct.stdout);
    }
  });

  it('validate says what is damaged', async () => {
    const { exit, stdout } = await runCli(['validate', damage('größer 70')]);
    expect(exit).toBe(1);
    expect(stdout).toContain('/metadata/recovered/skipped_records: 1 records are damaged');
    expect((await runCli(['recover', damage('größer 70')])).stderr).toContain('1 damaged records');
    const cut = join(folder.path, 'cut');
    copyFileSync(file, cut);
    truncateSync(cut, 8192);
    expect((await runCli(['validate', cut])).exit).toBe(1);
    appendFileSync(cut, 'x');
    expect((await runCli(['summary', folder.write('no', 'EGISRING')])).exit).toBe(2);
  });
});
