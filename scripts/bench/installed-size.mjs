// What the package adds to a project that has nothing else.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { pack } from '../lib/tarball.mjs';

/** Megabytes on disk of node_modules, with everything that is installed by default. */
export function installedMb() {
  const folder = mkdtempSync(`${tmpdir()}/aegis-install-`);
  try {
    const { tarball } = pack(folder);
    writeFileSync(`${folder}/package.json`, '{ "name": "empty", "private": true }\n');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', tarball], {
      cwd: folder,
      stdio: 'ignore',
    });
    const [kib] = execFileSync('du', ['-sk', `${folder}/node_modules`], { encoding: 'utf8' }).split(
      '\t',
    );
    return Number(kib) / 1024;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
