// TypeScript to dist/, made aside and put in place whole: a failed compile leaves the old one, a removed source leaves
// nothing behind.

import { chmodSync, copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { inRoot, packageFile } from './paths.mjs';
import { run, step } from './run.mjs';
import { clearStamp, hashOf, isCurrent, writeStamp } from './stamp.mjs';

const SOURCES = [
  'src',
  'tsconfig.json',
  'node_modules/typescript/package.json',
  'scripts/lib/dist-build.mjs',
];
const SCHEMA = 'export/trace-export.schema.json';
const COMMAND = 'cli/main.js';

/** Compiles src/ to dist/ unless it is up to date. */
export async function buildDist({ force = false } = {}) {
  const dist = inRoot('dist');
  const hash = hashOf(SOURCES);
  if (!force && isCurrent('dist', hash, `${dist}/index.js`)) return;
  step('compiling TypeScript');
  clearStamp('dist');
  const made = inRoot('build/dist.new');
  rmSync(made, { recursive: true, force: true });
  await run(process.execPath, [packageFile('typescript', 'bin/tsc'), '--outDir', made], {
    what: 'tsc',
  });
  mkdirSync(dirname(`${made}/${SCHEMA}`), { recursive: true });
  copyFileSync(inRoot('src', SCHEMA), `${made}/${SCHEMA}`);
  chmodSync(`${made}/${COMMAND}`, 0o755);
  rmSync(dist, { recursive: true, force: true });
  renameSync(made, dist);
  writeStamp('dist', hash);
}
