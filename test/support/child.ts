import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** How a child process ended, and all it printed. */
export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** The built package: what child processes and worker threads import. */
export const DIST_URL = new URL('../../dist/index.js', import.meta.url).href;

/**
 * Runs an ECMAScript module in a Node process of its own. The module finds the arguments at
 * `process.argv[1]` and on.
 */
export function runModule(
  source: string,
  { args = [], env = {}, flags = [] }: RunOptions = {},
): Promise<ChildEnd> {
  return runProcess(
    process.execPath,
    [...flags, '--input-type=module', '--eval', source, '--', ...args],
    env,
  );
}

interface RunOptions {
  args?: readonly string[];
  env?: Record<string, string>;
  /** Options of Node itself. */
  flags?: readonly string[];
}

export function runProcess(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text: Buffer) => {
      stdout += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Starts `count` runs of `run`, never more than two at once. */
export async function repeat(count: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await run(next++);
  };
  await Promise.all([lane(), lane()]);
}

/** A process that goes on, with what it has said so far; killed when the test has ended. */
export class RunningProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(
    command: string,
    args: readonly string[],
    { cwd, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
  ) {
    this.child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (text) => {
      this.stdout += text;
    });
    this.child.stderr?.on('data', (text) => {
      this.stderr += text;
    });
    this.ended = once(this.child, 'close').then(([code, signal]) => ({ code, signal }));
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.ended;
    });
  }
}
