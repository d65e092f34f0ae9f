// However the process ends, what it recorded is stored, and it ends as it would have without us.
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  type ChildInput,
  makePipelineFolder,
  missingFrom,
  numbersBelow,
  type PipelineFolder,
  PipelineProcess,
  remainsIn,
  spilledIn,
} from '../support/pipeline-process.js';

let folder: PipelineFolder;
beforeEach(() => {
  folder = makePipelineFolder();
});
afterEach(() => folder.remove());

function start(input: ChildInput): PipelineProcess {
  const { database, spill } = folder;
  const options = { sink: { sqlite: { path: database } }, spillDirectory: spill, ...input.options };
  return new PipelineProcess({ count: 2_000, ...input, options });
}

async function expectAllStored(count: number): Promise<void> {
  const { integrity, stored, spilled } = await remainsIn(folder);
  expect(integrity).toBe('ok');
  expect(stored.toSorted()).toEqual(numbersBelow(count, 'all').toSorted());
  expect(spilled).toEqual([]);
}

it.each([
  ['comes to its natural end', 'naturally', 0, 2_000, ''],
  ['calls process.exit', 'exit', 7, 2_000, ''],
  ['calls process.exit during a flush', 'exitDuringFlush', 7, 4_000, ''],
  ['throws an error that nobody catches', 'throw', 1, 2_000, 'uncaught on purpose'],
  ['has a rejection that nobody handles', 'reject', 1, 2_000, 'rejected on purpose'],
])('P1, P2: a process that %s', async (_, end, code, count, stderr) => {
  const run = start({ end });
  expect(await run.ended).toEqual({ code, signal: null });
  expect(run.stderr).toContain(stderr);
  expect(run.stderr === '').toBe(stderr === '');
  await expectAllStored(count);
});

it.each(['SIGTERM', 'SIGINT'] as const)('P1, P2: %s, when asked to', async (signal) => {
  const run = start({ end: 'wait', options: { flushOnExit: { signals: true } } });
  await run.printed(1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  run.child.kill(signal);
  expect(await run.ended).toEqual({ code: null, signal });
  await expectAllStored(2_000);
});

it('P2: a second signal ends a process whose sink hangs, and the errors are in the spill', async () => {
  const sink = {
    module: new URL('../support/hanging-sink.mjs', import.meta.url).href,
  };
  const run = start({ end: 'wait', options: { sink, flushOnExit: { signals: true } } });
  await run.printed(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const started = performance.now();
  run.child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 200));
  run.child.kill('SIGTERM');
  expect(await run.ended).toEqual({ code: null, signal: 'SIGTERM' });
  expect(performance.now() - started).toBeLessThan(4_000); // of the 5 s that one signal may take
  expect(missingFrom(numbersBelow(2_000, 'errors'), spilledIn(folder.spill))).toEqual([]);
});

it('P2: a signal to a process whose sink hangs ends it, and the errors are in the spill', async () => {
  const sink = { module: new URL('../support/hanging-sink.mjs', import.meta.url).href };
  const flushOnExit = { signals: true, timeoutMs: 500 };
  const run = start({ end: 'wait', options: { sink, flushOnExit } });
  await run.printed(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  run.child.kill('SIGINT');
  expect(await run.ended).toEqual({ code: null, signal: 'SIGINT' });
  expect(missingFrom(numbersBelow(2_000, 'errors'), spilledIn(folder.spill))).toEqual([]);
});

it('P2: process.exit with a function as a sink, which cannot run any more: the errors are in the spill', async () => {
  const run = start({ end: 'exit', options: { sink: 'function' } });
  expect(await run.ended).toEqual({ code: 7, signal: null });
  expect(spilledIn(folder.spill).toSorted()).toEqual(numbersBelow(2_000, 'errors').toSorted());
});

it('P1: a function as a sink has everything when the process comes to its natural end', async () => {
  const run = start({ end: 'naturally', options: { sink: 'function' } });
  expect(await run.ended).toEqual({ code: 0, signal: null });
  expect(spilledIn(folder.spill)).toEqual([]);
});
