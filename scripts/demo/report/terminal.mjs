// What the run prints with.

import { Writable } from 'node:stream';
import { colorsFor } from '../../../dist/cli/io.js';
import { run as runCli } from '../../../dist/cli/run.js';
import { ScriptError } from '../../lib/run.mjs';

const io = { stdout: process.stdout, stderr: process.stderr, env: process.env };

export const colors = colorsFor(io);
export const say = (...lines) => process.stdout.write(`${lines.join('\n')}\n`);
export const heading = (text) => say('', colors.bold(text), '');

/** Runs a command of aegis-trace, which prints. */
export async function printWithCli(...argv) {
  await runOrFail(argv, io);
}

/** What a command of aegis-trace prints. */
export async function textFromCli(...argv) {
  let text = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  await runOrFail(argv, { ...io, stdout });
  return text;
}

async function runOrFail(argv, streams) {
  const exitCode = await runCli(argv, streams);
  if (exitCode !== 0)
    throw new ScriptError(`aegis-trace ${argv[0]} failed with exit code ${exitCode}`);
}
