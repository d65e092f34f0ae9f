import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileCommand } from '../support/compile-sources.js';
import { formatExport, makeEvent, makeTestFolder } from '../support/write-export.js';

const folder = makeTestFolder();
afterAll(folder.remove);

let command = '';
let large = '';
beforeAll(() => {
  command = compileCommand(folder.path);
  // Far more than a pipe holds.
  large = folder.write(
    'large.json',
    formatExport(Array.from({ length: 5_000 }, () => makeEvent())),
  );
}, 60_000);

function start(argv: string[]): { child: ChildProcess; stderr: () => string } {
  const child = spawn(process.execPath, [command, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  return { child, stderr: () => stderr };
}

it('puts all data on stdout and sets the exit code', async () => {
  const { child, stderr } = start(['query', large, '--json']);
  let stdout = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(stderr()).toBe('5,000 of 5,000 events\n');
  expect((JSON.parse(stdout) as { events: unknown[] }).events).toHaveLength(5_000);
});

it.each([
  [['chain', 'LARGE', 'nobody'], 1],
  [['validate', 'LARGE'], 0],
  [['summary', '/none'], 2],
])('%j exits %i', async (argv, expected) => {
  const { child } = start(argv.map((arg) => (arg === 'LARGE' ? large : arg)));
  child.stdout?.resume();
  const [code] = await once(child, 'close');
  expect(code).toBe(expected);
});

it('ends quietly when the reader of a pipe has seen enough', async () => {
  const { child, stderr } = start(['query', large, '--json']);
  child.stdout?.once('data', () => child.stdout?.destroy());
  const [code, signal] = await once(child, 'close');
  expect([code, signal, stderr()]).toEqual([0, null, '']);
});
