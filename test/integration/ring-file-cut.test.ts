import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { recoverRing, TraceCollector } from '../../src/index.js';

// What other programs do to the file of a ring: log rotation with copytruncate, `: > f.ring`, rm.

const INDEX = new URL('../../dist/index.js', import.meta.url).href;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-trace-cut-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that records 20 000 events, does `harm` to the file, and records 10 000 more. */
function runHarmed(harm: string) {
  const file = join(folder, `${Math.random()}.ring`);
  const script = `
    import fs from 'node:fs';
    import { Worker } from 'node:worker_threads';
    import { TraceCollector } from ${JSON.stringify(INDEX)};
    const file = ${JSON.stringify(file)};
    const collector = new TraceCollector({ capacity: 100_000, file });
    for (let i = 0; i < 20_000; i++) collector.recordNow('before', 'test', String(i));
    ${harm}
    for (let i = 0; i < 10_000; i++) collector.recordNow('after', 'test', String(i));
    const { recorded, size, dropped, fileState } = collector.stats();
    const after = collector.query({ eventType: 'after' }).map(({ rationale }) => Number(rationale));
    await collector.exportJson(file + '.json');
    console.log(JSON.stringify({ recorded, size, dropped, fileState, first: after[0], count: after.length }));`;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  );
  return {
    status,
    signal,
    file,
    told: JSON.parse(stdout),
    warnings: stderr.match(/\[AEGIS_\w+\].*/g),
  };
}

it.each([
  ['emptied', 'fs.truncateSync(file, 0);'],
  ['cut to a part of itself', 'fs.truncateSync(file, 1_000_003);'],
  [
    'copied and truncated as log rotation does',
    "fs.copyFileSync(file, file + '.old'); fs.truncateSync(file);",
  ],
])(
  'C14: the process lives when its ring file is %s, and recording goes on in memory',
  (_, harm) => {
    const { status, signal, told, warnings } = runHarmed(harm);
    expect({ status, signal }).toEqual({ status: 0, signal: null });
    expect(told).toMatchObject({ recorded: 30_000, fileState: 'cut' });
    // The one that was being recorded went with the file, unless a look at the file was due just then.
    expect([0, 1]).toContain(told.first);
    expect(told.count).toBe(10_000 - told.first);
    expect(told.size + told.dropped).toBe(30_000);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^\[AEGIS_TRACE_FILE_LOST\].* was cut or emptied by another program.*goes on in memory/,
      ),
    ]);
  },
);

it('C14: a ring file that is deleted while it is open is said once', () => {
  const { status, told, warnings } = runHarmed(
    'fs.unlinkSync(file); await new Promise((resolve) => setTimeout(resolve, 1_100));',
  );
  expect(status).toBe(0);
  expect(told).toMatchObject({ recorded: 30_000, size: 30_000, dropped: 0, fileState: 'deleted' });
  expect(warnings).toEqual([expect.stringMatching(/^\[AEGIS_TRACE_FILE_LOST\].* was deleted/)]);
});

it('C14: a new collector sets an emptied or zeroed ring file aside', async () => {
  const file = join(folder, 'emptied.ring');
  for (const left of ['', '\0'.repeat(8_192)]) {
    writeFileSync(file, left);
    const collector = new TraceCollector({ file });
    collector.recordNow('type', 'test');
    collector.close();
    expect((await recoverRing(file)).events).toHaveLength(1);
    expect(existsSync(`${file}.1`)).toBe(true);
    unlinkSync(file);
  }
});

it('C14: a thread that is attached goes on after the file was cut', () => {
  const { told } = runHarmed(`
    const worker = new Worker(\`
      const { workerData } = require('node:worker_threads');
      import(${JSON.stringify(INDEX)}).then(({ TraceCollector }) => {
        const collector = TraceCollector.attach(workerData.handle);
        require('node:fs').truncateSync(workerData.file, 0);
        for (let i = 0; i < 5_000; i++) collector.recordNow('thread', 'test', String(i));
      });\`, { eval: true, execArgv: [], workerData: { handle: collector.share(), file } });
    await new Promise((resolve) => worker.on('exit', resolve));`);
  expect(told).toMatchObject({ recorded: 35_000, fileState: 'cut', first: 0, count: 10_000 });
  expect([14_999, 15_000]).toContain(told.size);
});

const hasStrace = spawnSync('strace', ['-V']).status === 0;

it.skipIf(!hasStrace)(
  'C14: the head of a ring file is on the disk before the file has its name',
  () => {
    const file = join(folder, 'synced.ring');
    const trace = join(folder, 'synced.strace');
    const script = `import(${JSON.stringify(INDEX)}).then(({ TraceCollector }) => new TraceCollector({ file: ${JSON.stringify(file)} }))`;
    execFileSync('strace', [
      '-f',
      '-y',
      '-e',
      'trace=msync,fsync,link',
      '-o',
      trace,
      process.execPath,
      '--eval',
      script,
    ]);
    const calls = execFileSync('grep', ['-oE', '(msync|fsync|link)\\(.*= 0$', trace], {
      encoding: 'utf8',
    });
    expect(calls.split('\n').filter(Boolean)).toEqual([
      expect.stringMatching(/^msync\(.*MS_SYNC/),
      expect.stringMatching(/^fsync\(.*\.aegis-trace-[0-9a-f]{16}\.tmp/),
      expect.stringContaining('synced.ring'),
      expect.stringMatching(new RegExp(`^fsync\\(\\d+<${folder}>`)),
    ]);
  },
);

it('C14: the default of a process that nobody cuts is that its file is kept', () => {
  const file = join(folder, 'kept.ring');
  const collector = new TraceCollector({ file });
  expect(collector.stats().fileState).toBe('kept');
  truncateSync(file, 0);
  expect(collector.stats().fileState).toBe('cut');
  collector.close();
  expect(collector.stats().fileState).toBe('cut');
  expect(new TraceCollector().stats().fileState).toBe('none');
});
