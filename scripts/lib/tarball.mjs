// The package as users get it.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
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
  /^(test|scripts|build|node_modules)\//,
  // The guides that the README names, and the formats of files, are.
  /^src\/(?![a-z]+\/README\.md$)/,
  /^native\/(?!include\/|[A-Z_]+\.md$)/,
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

const LINK = /\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g;
/** A path of the package in code marks or in a comment: `src/store/README.md`. */
const NAMED = /(?<![\w/.-])((?:src|docs|native)\/[\w./-]+\.md)\b/g;

/**
 * What the Markdown of the package leads to and is not in it, as `file -> target`.
 *
 * @param read the text of a file of the package
 */
export function linkProblems(files, read) {
  const names = new Set(files.map(({ path }) => path));
  const folders = new Set(files.flatMap(({ path }) => parentsOf(path)));
  return [...names]
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => {
      const text = read(name);
      const links = [...text.matchAll(LINK)].map(([, path]) =>
        posix.normalize(posix.join(posix.dirname(name), decodeURI(path))),
      );
      const named = [...text.matchAll(NAMED)].map(([, path]) => path);
      return [...links, ...named]
        .map((target) => target.replace(/\/$/, ''))
        .filter((target) => !names.has(target) && !folders.has(target))
        .map((target) => `${name} -> ${target}`);
    });
}

function parentsOf(path) {
  const parents = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    parents.push(path.slice(0, at));
  }
  return parents;
}
