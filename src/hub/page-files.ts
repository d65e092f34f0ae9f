import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the page, in the encodings that it was built in. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly br: Buffer | undefined;
  readonly gzip: Buffer | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const FOLDER = fileURLToPath(new URL('../dashboard', import.meta.url));

/** The files of the page by their paths, such as `assets/main-1a2b3c.js`; none where it was not built. */
export function readPageFiles(folder = FOLDER): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  if (!existsSync(folder)) return files;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const read = (suffix: string): Buffer | undefined => {
      const path = join(folder, name + suffix);
      return existsSync(path) ? readFileSync(path) : undefined;
    };
    const bytes = readFileSync(join(folder, name));
    files.set(name.split(sep).join('/'), { type, bytes, br: read('.br'), gzip: read('.gz') });
  }
  return files;
}
