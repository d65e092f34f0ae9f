// TypeScript to dist/, made aside and put in place whole: a failed compile leaves the old one, a removed source leaves
// nothing behind.

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildDashboard } from './dashboard-build.mjs';
import { inRoot, packageFile } from './paths.mjs';
import { prunePrivateTypes } from './public-types.mjs';
import { run, step } from './run.mjs';
import { clearStamp, hashOf, isCurrent, writeStamp } from './stamp.mjs';

const SOURCES = [
  'src',
  'tsconfig.json',
  'node_modules/typescript/package.json',
  'node_modules/esbuild/package.json',
  'scripts/lib/dist-build.mjs',
  'node_modules/vite/package.json',
  'scripts/lib/dashboard-build.mjs',
  'scripts/lib/public-types.mjs',
];
/** In the tree it is for people, a line for each value; here nobody reads it, and it is packed. It has no integers beyond 2^53. */
const OPENAPI = 'hub/openapi.json';
/** What is read beside the code. */
const DATA = ['export/trace-export.schema.json'];
const COMMAND = 'cli/main.js';
/**
 * What is loaded before the application, as one module. After a preload of a dozen modules, whatever is in them, a
 * server of Node 24 takes a tenth more time for each request than after a preload of one (measured).
 */
const PRELOAD = 'context/register.js';

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
  prunePrivateTypes(made);
  await bundle(`${made}/${PRELOAD}`);
  await buildDashboard(`${made}/dashboard`);
  for (const file of DATA) {
    mkdirSync(dirname(`${made}/${file}`), { recursive: true });
    copyFileSync(inRoot('src', file), `${made}/${file}`);
  }
  const openApi = JSON.parse(readFileSync(inRoot('src', OPENAPI), 'utf8'));
  writeFileSync(`${made}/${OPENAPI}.gz`, gzipSync(`${JSON.stringify(openApi)}\n`));
  chmodSync(`${made}/${COMMAND}`, 0o755);
  rmSync(dist, { recursive: true, force: true });
  renameSync(made, dist);
  writeStamp('dist', hash);
}

/** Puts a module and all that it imports in its own place. Copies of ours share their state: see operation-store. */
async function bundle(path) {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [path],
    outfile: path,
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // Loaded by whoever asks for a toggle.
    external: ['../gate/index.js'],
  });
}
