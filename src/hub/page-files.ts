import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzip: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** Each file is there compressed, and nothing else. */
const SUFFIX = '.gz';

const FOLDER = fileURLToPath(new URL('../dashboard', import.meta.url));

/** The files of the page by their paths, such as `assets/main-1a2b3c.js`; none where it was not built. */
export function readPageFiles(folder = FOLDER): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  if (!existsSync(folder)) return files;
  for (const found of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!found.endsWith(SUFFIX)) continue;
    const name = found.slice(0, -SUFFIX.length);
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const gzip = readFileSync(join(folder, found));
    files.set(name.split(sep).join('/'), { type, bytes: gunzipSync(gzip), gzip });
  }
  return files;
}
