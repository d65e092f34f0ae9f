// The types of a package are those that its entry points lead to: all others are never read, and are a third of what an
// installation takes.

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { inRoot } from './paths.mjs';

const SPECIFIER = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)\.js['"]/g;

/** Removes the declarations below a folder that no entry point of package.json leads to. */
export function prunePrivateTypes(folder) {
  const { exports } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const waiting = Object.values(exports)
    .map(({ types }) => types)
    .filter((types) => types !== undefined)
    .map((types) => join(folder, types.replace('./dist/', '')));
  const reached = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const [, specifier] of readFileSync(path, 'utf8').matchAll(SPECIFIER)) {
      const next = `${resolve(dirname(path), specifier)}.d.ts`;
      if (reached.has(next)) continue;
      reached.add(next);
      waiting.push(next);
    }
  }
  for (const name of readdirSync(folder, { recursive: true })) {
    const path = join(folder, name);
    if (path.endsWith('.d.ts') && !reached.has(path)) rmSync(path);
  }
}
