// Coverage-guided fuzzing of the native readers of files that may be damaged, under AddressSanitizer and UBSan.

import { mkdirSync } from 'node:fs';
import { buildPreset } from './native-tests.mjs';
import { inRoot } from './paths.mjs';
import { exitCodeOf, step } from './run.mjs';
import { NOTHING, oneFailure } from './totals.mjs';

const TARGETS = ['recover_fuzz', 'spill_fuzz'];

/** Shares `cpuSeconds` among the targets, which run side by side. One test each; the input that fails one is kept. */
export async function fuzzNative({ cpuSeconds }) {
  if (!(await buildPreset('fuzz'))) return oneFailure;
  const seconds = Math.ceil(cpuSeconds / TARGETS.length);
  step(`fuzzing ${TARGETS.join(' and ')} for ${seconds} s each`);
  const codes = await Promise.all(TARGETS.map((target) => runTarget(target, seconds)));
  const failed = codes.filter((code) => code !== 0).length;
  return { ...NOTHING, passed: codes.length - failed, failed };
}

/** What an earlier run found to lead further is where the next one starts. */
function runTarget(target, seconds) {
  const corpus = inRoot('build/fuzz', `${target}-corpus`);
  mkdirSync(corpus, { recursive: true });
  return exitCodeOf(inRoot('build/fuzz/fuzz', target), [
    corpus,
    `-artifact_prefix=${inRoot('build/fuzz', `${target}-`)}`,
    `-max_total_time=${seconds}`,
    '-timeout=1', // of one input: a reader that takes longer hangs
    '-max_len=16384',
    '-len_control=0', // the sound file is longer than what it would begin with
    '-verbosity=0',
    '-print_final_stats=1',
  ]);
}
