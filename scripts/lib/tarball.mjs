// The package as users get it.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inRoot, root } from './paths.mjs';
import { prebuildName } from './prebuild.mjs';

/** Packs what is built into `folder`. Returns the path and the files inside: `{ path, mode }`. */
export function pack(folder) {
  const flags = ['--ignore-scripts', '--json', '--loglevel=error', `--pack-destination=${folder}`];
  const said = execFileSync('npm', ['pack', ...flags], { cwd: root, encoding: 'utf8' });
  const [{ filename, files, unpackedSize }] = Object.values(JSON.parse(said));
  return { tarball: `${folder}/${filename}`, files, unpackedSize };
}

const REQUIRED = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/export/trace-export.schema.json',
  prebuildName(),
];

/** Files that have no business in the package. The C++ headers are its C++ API. */
const FOREIGN = [
  /^(src|test|scripts|build|node_modules)\//,
  /^native\/(?!include\/)/,
  /\.map$/,
  /(^|\/)tsconfig/,
  /(^|\/)\./,
  /^binding\.gyp$/,
  /(?<!\.d)\.ts$/,
];

/** The paths that package.json promises: exports, main, types and bin. */
function promised() {
  const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const leaves = (value) =>
    typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves);
  const paths = leaves([manifest.exports, manifest.main, manifest.types, manifest.bin]);
  return paths.map((path) => path.replace(/^\.\//, ''));
}

/** What is wrong with the list of files; empty when nothing is. */
export function contentProblems(files) {
  const names = files.map(({ path }) => path);
  const missing = [...new Set([...REQUIRED, ...promised()])].filter(
    (path) => !names.includes(path),
  );
  const foreign = names.filter((name) => FOREIGN.some((pattern) => pattern.test(name)));
  return [
    ...missing.map((path) => `missing: ${path}`),
    ...foreign.map((path) => `does not belong: ${path}`),
  ];
}
