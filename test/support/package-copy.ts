import { copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Lays the built package out once more, below `folder`. Returns the URL of its entry point. */
export function copyPackage(folder: string, { addon }: { addon: boolean }): string {
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  if (addon) {
    const release = join('build', 'Release');
    mkdirSync(join(folder, release), { recursive: true });
    copyFileSync(
      join(ROOT, release, 'aegis_trace.node'),
      join(folder, release, 'aegis_trace.node'),
    );
  }
  return pathToFileURL(join(folder, 'dist', 'index.js')).href;
}
