// One way for every script to be both a command and a module.

import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ScriptError } from './run.mjs';

/** Runs `body(argv)` when this module is the command; its resolved number, if any, is the exit code. */
export async function runAsMain(meta, body) {
  const command = process.argv[1];
  if (command === undefined || realpathSync(command) !== fileURLToPath(meta.url)) return;
  try {
    const code = await body(process.argv.slice(2));
    if (typeof code === 'number') process.exitCode = code;
  } catch (error) {
    // Our own failures explain themselves; anything else is a defect and shows its stack.
    const text = error instanceof ScriptError ? error.message : (error?.stack ?? String(error));
    process.stderr.write(`aegis-trace: ${text}\n`);
    process.exitCode = error instanceof ScriptError ? error.exitCode : 1;
  }
}

/** The flags that were given, each `true`; one that is not known stops the script with exit code 2. */
export function readFlags(argv, known) {
  const flags = {};
  for (const argument of argv) {
    const name = argument.replace(/^--/, '');
    if (!argument.startsWith('--') || !known.includes(name)) {
      const expected = known.map((flag) => `--${flag}`).join(', ') || 'no argument';
      throw new ScriptError(`expected ${expected}, got ${argument}`, { exitCode: 2 });
    }
    flags[name] = true;
  }
  return flags;
}
