// A store on a disk that fails, with the real parts: the system calls of the database's own files are
// made to fail by strace, the n-th only or that and all after it.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/sqlite-driver.js';
import {
  makePipelineFolder,
  numbersBelow,
  type PipelineFolder,
  PipelineProcess,
  remainsIn,
  spilledIn,
} from '../support/pipeline-process.js';
import { mountSmallDisk } from '../support/small-disk.js';

const isStress = process.env.AEGIS_STRESS === '1';
/** With the filter the process stops for the calls in question, not for every one. */
const STRACE = ['strace', '-f', '--seccomp-bpf', '-qq'];
/** It may be there and still not be allowed to watch a process. */
const hasStrace = spawnSync(STRACE[0] as string, [...STRACE.slice(1), 'true']).status === 0;
const COUNT = 20;
const RECORDED = 3 * COUNT;

/** Every number, or for a short run fewer and fewer of them. */
function* risingNumbers(): Generator<number> {
  for (let [n, next] = [1, 2]; ; [n, next] = isStress ? [n + 1, 0] : [next, n + next]) yield n;
}

const pipelineOptions = ({ database, spill }: PipelineFolder) => ({
  sink: { sqlite: { path: database } },
  spillDirectory: spill,
  intervalMs: 5,
});

/** Stores what the process has left, in good order, and checks that it is all there. */
async function expectNothingLost(folder: PipelineFolder, flushed: number, what: string) {
  const count = spilledIn(folder.spill).length;
  const run = new PipelineProcess({ end: 'takeIn', count, options: pipelineOptions(folder) });
  expect(await run.ended, `${what}: ${run.stderr}`).toEqual({ code: 0, signal: null });
  expect(run.stdout).toContain('closed true');
  const { integrity, stored, spilled } = await remainsIn(folder);
  expect(integrity, what).toBe('ok');
  expect(spilled, what).toEqual([]);
  expect(new Set(stored).size, `${what}: nothing twice`).toBe(stored.length);
  expect(stored, what).toEqual(expect.arrayContaining(numbersBelow(flushed, 'all')));
  expect(stored, what).toEqual(expect.arrayContaining(numbersBelow(RECORDED, 'errors')));
}

/** Whether the fault came to pass. */
async function runWithFault(call: string, error: string, when: string): Promise<boolean> {
  const folder = makePipelineFolder();
  const log = join(folder.path, 'strace.log');
  const paths = ['', '-wal', '-shm'].flatMap((suffix) => ['-P', folder.database + suffix]);
  const what = `${call} ${error} ${when}`;
  try {
    const run = new PipelineProcess({
      end: 'tries',
      count: COUNT,
      timeoutMs: when.endsWith('+') ? 200 : 10_000,
      options: pipelineOptions(folder),
      prefix: [
        ...[...STRACE, '-o', log, ...paths, '-e', `trace=${call}`],
        ...['-e', `inject=${call}:error=${error}:when=${when}`],
      ],
    });
    expect(await run.ended, `${what}: ${run.stderr}`).toEqual({ code: 0, signal: null });
    if (!when.endsWith('+')) {
      expect(run.flushed, what).toBe(RECORDED);
      expect(run.stdout, what).toContain('closed true');
    }
    await expectNothingLost(folder, run.flushed, what);
    return readFileSync(log, 'utf8').includes('(INJECTED)');
  } finally {
    folder.remove();
  }
}

// Side by side: most of the time they wait for a disk that does not answer.
it.runIf(hasStrace).concurrent.each(
  ['openat', 'pwrite64', 'fsync', 'fdatasync', 'ftruncate'].flatMap((call) => [
    [call, 'once', ''],
    [call, 'for good', '+'],
  ]),
)(
  'P2: the n-th %s of the database fails %s',
  async (call, _, suffix) => {
    for (const number of risingNumbers()) {
      const errors = isStress
        ? ['ENOSPC', 'EIO', 'EROFS']
        : [['EIO', 'ENOSPC', 'EROFS'][number % 3]];
      let cameToPass = false;
      for (const error of errors) {
        cameToPass = await runWithFault(call, error as string, `${number}${suffix}`);
      }
      if (!cameToPass) return;
    }
  },
  isStress ? 1_800_000 : 600_000,
);

it('P2: a full disk, and room on it again', async (context) => {
  const folder = makePipelineFolder();
  const disk = join(folder.path, 'disk');
  const unmount = mountSmallDisk(context, disk, 2 ** 23);
  const onDisk = { ...folder, database: join(disk, 'trace.db'), spill: join(folder.path, 'spill') };
  const filler = join(disk, 'filler');
  try {
    writeFileSync(filler, Buffer.alloc(2 ** 23 - 2 ** 16)); // room for the database, not for much more
    const run = new PipelineProcess({
      end: 'tries',
      count: 500,
      timeoutMs: 60_000,
      options: { ...pipelineOptions(onDisk), errorLaneBytes: 65_536 },
    });
    await run.printedError(/the sink takes nothing/);
    expect(run.stderr).toContain('the sink takes nothing');
    expect(run.flushed).toBeLessThan(1_500);
    rmSync(filler);
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.flushed).toBe(1_500);
    const { integrity, stored, spilled } = await remainsIn(onDisk);
    expect(integrity).toBe('ok');
    expect(stored.toSorted()).toEqual(numbersBelow(1_500, 'all').toSorted());
    expect(spilled).toEqual([]);
  } finally {
    unmount();
    folder.remove();
  }
});

it('P2: a database that somebody else has locked, and lets go', async () => {
  const folder = makePipelineFolder();
  const first = new PipelineProcess({ end: 'tries', options: pipelineOptions(folder) });
  await first.ended;
  const { DatabaseSync } = await loadDriver();
  const other = new DatabaseSync(folder.database);
  other.exec('BEGIN IMMEDIATE');
  const options = pipelineOptions(folder);
  const run = new PipelineProcess({ end: 'tries', count: COUNT, timeoutMs: 60_000, options });
  // Its upkeep may have met the lock before.
  await run.printedError(/the sink takes nothing/);
  expect(run.stderr).toMatch(/the sink takes nothing.*lock/);
  expect(run.flushed).toBe(0);
  other.exec('ROLLBACK');
  other.close();
  expect(await run.ended).toEqual({ code: 0, signal: null });
  expect(run.flushed).toBe(RECORDED);
  const { stored } = await remainsIn(folder);
  expect(stored.toSorted()).toEqual(numbersBelow(RECORDED, 'all').toSorted());
  folder.remove();
});
