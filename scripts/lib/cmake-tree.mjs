// CMake's build trees.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { inRoot } from './paths.mjs';

/**
 * Removes a tree that CMake would refuse to use: configured at another path (a moved or copied project), or for
 * another generator than this one (ninja was installed since).
 */
export function dropForeignTree(tree, generator) {
  const cache = `${tree}/CMakeCache.txt`;
  if (!existsSync(cache)) return;
  const expected = [`CMAKE_HOME_DIRECTORY:INTERNAL=${inRoot('native')}\n`];
  if (generator !== undefined) expected.push(`CMAKE_GENERATOR:INTERNAL=${generator}\n`);
  const content = readFileSync(cache, 'utf8');
  if (!expected.every((line) => content.includes(line))) rmSync(tree, { recursive: true });
}
