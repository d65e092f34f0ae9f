// Up-to-date checks by content: a stamp holds the hash of everything that an output was made from. Modification times
// would rebuild after every git checkout and miss a changed compiler flag.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, relative } from 'node:path';
import { inRoot, root } from './paths.mjs';

function* filesUnder(path) {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) yield* filesUnder(`${path}/${name}`);
}

/** The hash of these files and folders, given relative to the project, and of any other facts. */
export function hashOf(paths, facts = []) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesUnder(inRoot(path))) {
      const content = readFileSync(file);
      // Relative, so that a copy of the project finds what was built before it was copied.
      hash.update(`${relative(root, file)}\0${content.length}\0`).update(content);
    }
  }
  return hash.update(JSON.stringify(facts)).digest('hex');
}

const stampFile = (name) => inRoot('build/stamps', name);

/** True when `output` exists and was made from exactly this. */
export function isCurrent(name, hash, output) {
  return (
    existsSync(output) &&
    existsSync(stampFile(name)) &&
    readFileSync(stampFile(name), 'utf8') === hash
  );
}

export function writeStamp(name, hash) {
  mkdirSync(dirname(stampFile(name)), { recursive: true });
  writeFileSync(stampFile(name), hash);
}

/** Taken away before a rebuild: an interrupted one must not look finished. */
export function clearStamp(name) {
  rmSync(stampFile(name), { force: true });
}
