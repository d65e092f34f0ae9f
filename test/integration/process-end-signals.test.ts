// Whose signal is it: a pipeline beside others that listen for SIGTERM. What was recorded until the process
// ended is stored, in the spill file or counted.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type ChildEnd, DIST_URL, runProcess } from '../support/child.js';
import { copyPackage } from '../support/package-copy.js';
import { missingFrom, spilledIn } from '../support/pipeline-process.js';
import { makeTestFolder } from '../support/write-export.js';

const CHILD = fileURLToPath(new URL('../support/signal-child.mjs', import.meta.url));
const NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc'];
const hasNamespaces =
  spawnSync(NAMESPACE[0] as string, [...NAMESPACE.slice(1), 'true']).status === 0;

interface Run {
  /** Listeners before the pipelines are started, and after it. */
  others?: readonly [string, string];
  copies?: number;
  sink?: 'function';
  prefix?: readonly string[];
}

interface Outcome extends ChildEnd {
  recorded: string[];
  errors: string[];
  stored: string[];
  spilled: string[];
  counted: number;
}

async function run({ others = ['none', 'none'], copies = 1, sink, prefix = [] }: Run) {
  const folder = makeTestFolder();
  try {
    const stored = join(folder.path, 'stored');
    const spillDirectory = join(folder.path, 'spill');
    const packages = [DIST_URL];
    while (packages.length < copies) {
      packages.push(copyPackage(join(folder.path, `copy${packages.length}`), { addon: true }));
    }
    const input = { others, packages, stored, spillDirectory, sink };
    const line = [...prefix, process.execPath, CHILD, JSON.stringify(input)];
    const end = await runProcess(line[0] as string, line.slice(1));
    const recorded = [...end.stdout.matchAll(/^recorded (\S+) (\S+)$/gm)];
    const counts = end.stderr.matchAll(/(\d+) events were recorded and not stored/g);
    const outcome: Outcome = {
      ...end,
      recorded: recorded.map(([, id]) => id as string),
      errors: recorded
        .filter(([, , severity]) => severity === 'Error')
        .map(([, id]) => id as string),
      stored: readFileSync(stored, 'utf8').split('\n').filter(Boolean),
      spilled: spilledIn(spillDirectory),
      counted: [...counts].reduce((sum, [, count]) => sum + Number(count), 0),
    };
    return outcome;
  } finally {
    folder.remove();
  }
}

function expectAllStored({ recorded, stored, spilled, stderr }: Outcome): void {
  expect(stderr).toBe('');
  expect(stored.toSorted()).toEqual(recorded.toSorted());
  expect(spilled).toEqual([]);
}

it.concurrent('P2: SIGTERM ends a process with two copies of the package, each with a pipeline', async () => {
  const outcome = await run({ copies: 2 });
  expect(outcome).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
  expectAllStored(outcome);
});

it.concurrent.each([
  ['before', ['signalExit', 'none']],
  ['after', ['none', 'signalExit']],
] as const)(
  'P2: SIGTERM ends a process that has loaded signal-exit %s the pipeline',
  async (_, others) => {
    const outcome = await run({ others });
    expect(outcome).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' });
    expect(outcome.stdout).toContain('signal-exit null SIGTERM');
    expectAllStored(outcome);
  },
);

it.concurrent('P2: SIGTERM ends the first process of a container that has loaded signal-exit', async (context) => {
  if (!hasNamespaces) context.skip('no namespace for processes can be made here: that takes root');
  const { code, signal } = await run({ others: ['signalExit', 'none'], prefix: NAMESPACE });
  expect({ code, signal }).toEqual({ code: 143, signal: null });
});

it.concurrent.each([
  ['before', ['prependedOnce', 'none']],
  ['after', ['none', 'prependedOnce']],
] as const)(
  'P2: a program that ends itself in order at SIGTERM is left to, its listener put %s the pipeline',
  async (_, others) => {
    const outcome = await run({ others });
    expect(outcome).toMatchObject({ code: 0, signal: null });
    expectAllStored(outcome);
  },
);

it.concurrent('P1, P2: SIGTERM, a function as a sink, recording goes on: nothing is left uncounted', async () => {
  const outcome = await run({ sink: 'function' });
  const { recorded, errors, stored, spilled, counted } = outcome;
  expect(outcome).toMatchObject({ code: null, signal: 'SIGTERM' });
  expect(new Set(stored).size).toBe(stored.length);
  expect(missingFrom(errors, stored, spilled)).toEqual([]);
  // What the function was at when the end came may be counted and taken.
  expect(stored.length + counted).toBeGreaterThanOrEqual(recorded.length);
  expect(stored.length).toBeGreaterThanOrEqual(100);
});
