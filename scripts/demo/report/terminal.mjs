// What the run prints with.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import picocolors from 'picocolors';
import { inRoot } from '../../lib/paths.mjs';
import { ScriptError } from '../../lib/run.mjs';

/** The command of the package, as npx runs it. */
export const CLI = inRoot('dist/cli/main.js');
/** More than any command of a run prints. */
const OUTPUT_MAX = 2 ** 28;

const hasColors = process.stdout.isTTY === true && picocolors.isColorSupported;
export const colors = picocolors.createColors(hasColors);
export const say = (...lines) => process.stdout.write(`${lines.join('\n')}\n`);
export const heading = (text) => say('', colors.bold(text), '');

/** Runs a command of aegis-trace, which prints. */
export async function printWithCli(...argv) {
  const child = spawn(process.execPath, [CLI, ...argv], { stdio: 'inherit' });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw failed(argv, exitCode);
}

/** What a command of aegis-trace prints. */
export async function textFromCli(...argv) {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...argv], {
      maxBuffer: OUTPUT_MAX,
    });
    return stdout;
  } catch (error) {
    throw failed(argv, error.code, error.stderr);
  }
}

function failed([command], exitCode, said = '') {
  return new ScriptError(
    `aegis-trace ${command} failed with exit code ${exitCode}: ${said.trim()}`,
  );
}
