// Contenders that take turns.
//
// The contenders of a suite run in one Node process, one after the other, in a fresh process in every
// round: what differs from one process to the next (heap layout, what was optimised when) is sampled,
// and the place in the line moves on by one each round, so that nobody is always the first or always
// behind the one that leaves the most garbage. What a contender leaves is collected before the next.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ScriptError, step } from '../lib/run.mjs';
import { medians } from './statistics.mjs';

const child = fileURLToPath(new URL('./child.mjs', import.meta.url));
const runFile = promisify(execFile);

/** Runs contenders, [name, { contender, parameters }] each, in one process; returns name → measured. */
async function measureInProcess(entries) {
  try {
    const { stdout } = await runFile(process.execPath, [
      '--expose-gc',
      child,
      JSON.stringify(entries),
    ]);
    return JSON.parse(stdout);
  } catch (cause) {
    const said = `${cause.stderr ?? cause.message}`.trim();
    const names = entries.map(([name]) => name).join(', ');
    throw new ScriptError(`the bench of ${names} failed: ${said}`, { cause });
  }
}

/** Runs one contender once, in a process of its own, and returns what it measured. */
export async function measureOnce(contender) {
  const { only } = await measureInProcess([['only', contender]]);
  return only;
}

/**
 * Measures `contenders`, an object of name → { contender, parameters }, in as many rounds.
 * Returns name → medians and every round's values.
 */
export async function measureInRounds(suite, contenders, rounds) {
  const entries = Object.entries(contenders);
  const measured = Object.fromEntries(entries.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    step(`bench ${suite}: round ${round + 1} of ${rounds}`);
    const first = round % entries.length;
    const line = [...entries.slice(first), ...entries.slice(0, first)];
    for (const [name, values] of Object.entries(await measureInProcess(line))) {
      measured[name].push(values);
    }
  }
  return Object.fromEntries(entries.map(([name]) => [name, medians(measured[name])]));
}

/** The same with a process for each of them: what the one has loaded, the other has not. */
export async function measureApart(suite, contenders, rounds) {
  const entries = Object.entries(contenders);
  const measured = Object.fromEntries(entries.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    step(`bench ${suite}: round ${round + 1} of ${rounds}`);
    for (const [name, contender] of entries) measured[name].push(await measureOnce(contender));
  }
  return Object.fromEntries(entries.map(([name]) => [name, medians(measured[name])]));
}
