// Configures, builds and tests one preset of native/CMakePresets.json. Its build tree is build/<preset>.

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dropForeignTree } from './cmake-tree.mjs';
import { inRoot } from './paths.mjs';
import { exitCodeOf, step } from './run.mjs';
import { accountFor, oneFailure, readJunit } from './totals.mjs';

const native = inRoot('native');

/** Configures, with these CMake options on top of the preset's, and builds; true when both went well. */
export async function buildPreset(preset, options = {}) {
  step(`native ${preset}: configure and build`);
  const tree = inRoot('build', preset);
  dropForeignTree(tree);
  const jobs = String(availableParallelism());
  const commands = [
    ['--preset', preset, ...Object.entries(options).map(([name, value]) => `-D${name}=${value}`)],
    ['--build', tree, '--parallel', jobs],
  ];
  for (const args of commands) {
    if ((await exitCodeOf('cmake', args, { cwd: native })) !== 0) return false;
  }
  return true;
}

/** Builds the preset and runs its tests; the true totals. What cannot be built is one failure. */
export async function testPreset(preset) {
  if (!(await buildPreset(preset))) return oneFailure;
  step(`native ${preset}: test`);
  const report = inRoot('build/reports', `ctest-${preset}.xml`);
  mkdirSync(inRoot('build/reports'), { recursive: true });
  rmSync(report, { force: true });
  const where = hasTestPreset(preset)
    ? ['--preset', preset]
    : ['--test-dir', inRoot('build', preset)];
  const flags = ['--output-on-failure', '--no-tests=error', '--output-junit', report];
  const code = await exitCodeOf('ctest', [...where, ...flags], { cwd: native });
  return accountFor(readJunit(report), code);
}

/** A test preset carries the environment of a sanitizer; without one the build tree is enough. */
function hasTestPreset(preset) {
  const { testPresets = [] } = JSON.parse(readFileSync(`${native}/CMakePresets.json`, 'utf8'));
  return testPresets.some(({ name }) => name === preset);
}
