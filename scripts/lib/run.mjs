// Child processes for the scripts. Whatever a tool prints goes to stderr: stdout belongs to the job that was asked for
// (`npm run bench --silent -- --json` must stay parseable).

import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './paths.mjs';

/** A failure whose message is all the user needs: printed as one line, without a stack. */
export class ScriptError extends Error {
  constructor(message, { exitCode = 1, cause } = {}) {
    super(message, { cause });
    this.name = 'ScriptError';
    this.exitCode = exitCode;
  }
}

/** Progress: one short line on stderr. */
export function step(message) {
  process.stderr.write(`aegis-trace: ${message}\n`);
}

/**
 * Runs a command to its end and returns its exit code; 128 + n when signal n ended it.
 * `stdout` is where the child's standard output goes: our stderr, our stdout ('inherit') or nowhere ('ignore').
 */
export function exitCodeOf(command, args, { cwd = root, env = process.env, stdout = 2 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', stdout, 2] });
    child.once('error', (cause) => {
      reject(new ScriptError(`cannot run ${command}: ${cause.message}`, { cause }));
    });
    child.once('close', (code, signal) => {
      resolve(signal === null ? code : 128 + constants.signals[signal]);
    });
  });
}

/** Runs a command that must succeed. `what` names the job in the error message. */
export async function run(command, args, { what = command, ...options } = {}) {
  const code = await exitCodeOf(command, args, options);
  if (code !== 0) {
    throw new ScriptError(`${what} failed with exit code ${code}: ${[command, ...args].join(' ')}`);
  }
}

/** Runs a short command quietly. Returns what it printed, `undefined` when it failed or does not exist. */
export function outputOf(command, args, { input = '', cwd = root } = {}) {
  const result = spawnSync(command, args, { cwd, input, encoding: 'utf8' });
  return result.status === 0 ? result.stdout : undefined;
}

/** Runs a command that must succeed and returns its standard output; its stderr is part of the error message. */
export function capture(command, args, { cwd = root, env = process.env, withStderr = false } = {}) {
  const result = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (result.status !== 0) {
    const said =
      `${result.error?.message ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
    throw new ScriptError(
      `${command} ${args.join(' ')} failed (${result.status ?? result.signal}): ${said}`,
    );
  }
  return withStderr ? result.stdout + result.stderr : result.stdout;
}
