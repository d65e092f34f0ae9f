import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TraceError } from '../errors.js';
import { messageOf } from '../thrown.js';
import { type CheckedHubOptions, checkKey, type HubKey, type HubScope, SCOPES } from './options.js';

const KEY_BYTES = 24;

/** A key that a hub accepts. */
export interface KnownKey {
  readonly hash: Buffer;
  readonly scopes: readonly HubScope[];
  readonly project: string | undefined;
}

/** The keys of a hub, of which only hashes are kept. */
export class HubKeys {
  readonly #keys: readonly KnownKey[];

  constructor(keys: readonly HubKey[]) {
    this.#keys = keys.map(({ key, scopes, project }) => ({ hash: hashOf(key), scopes, project }));
  }

  /** What is known of a key; undefined for one that is not. The time taken says nothing about the keys. */
  find(key: string): KnownKey | undefined {
    const hash = hashOf(key);
    let found: KnownKey | undefined;
    for (const known of this.#keys) {
      if (timingSafeEqual(known.hash, hash)) found = known;
    }
    return found;
  }
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();

/** The keys that a hub accepts, and those that were made now, to be shown once. */
export interface OpenedKeys {
  readonly keys: HubKeys;
  readonly made: readonly HubKey[];
}

/**
 * The keys of the options, else of the file, else new ones in that file.
 *
 * @throws TraceError `ERR_TRACE_OPTION` without keys on an address that is not loopback, and for a file that
 * others can read or that is malformed; `ERR_TRACE_FILE` when it cannot be read or made.
 */
export function openKeys(options: CheckedHubOptions): OpenedKeys {
  const { keys, keysFile, host, isLoopback } = options;
  if (keys !== undefined) return { keys: new HubKeys(keys), made: [] };
  const found = readKeysFile(keysFile);
  if (found !== undefined) return { keys: new HubKeys(found), made: [] };
  if (!isLoopback) {
    throw new TraceError(
      'ERR_TRACE_OPTION',
      `a hub on ${host} needs keys, which are made by themselves only on a loopback address: give keys, or ` +
        `write them to ${keysFile} (mode 0600), a line each: its scopes, a space, the key`,
    );
  }
  const made = SCOPES.map((scope) => ({
    key: `aegis-${scope}-${randomBytes(KEY_BYTES).toString('base64url')}`,
    scopes: scope === 'admin' ? SCOPES : [scope],
  }));
  writeKeysFile(keysFile, made);
  return { keys: new HubKeys(made), made };
}

/**
 * The keys of a file: a line each, scopes with commas between them, a space, the key, and where it is of a project a space
 * and `project=ID`; a line that begins with `#` is a comment.
 * Undefined when there is no such file.
 *
 * @throws TraceError as {@link openKeys}.
 */
function readKeysFile(path: string): HubKey[] | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError(path, 'could not be read', cause);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new TraceError('ERR_TRACE_FILE', `${path} must be a regular file`);
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
      const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
      const message = `${path} has mode ${mode}: others can read the keys in it; chmod 600 it`;
      throw new TraceError('ERR_TRACE_OPTION', message);
    }
    return parseKeys(path, readFileSync(file, 'utf8'));
  } finally {
    closeSync(file);
  }
}

function parseKeys(path: string, text: string): HubKey[] {
  const keys = text.split('\n').flatMap((line, index) => {
    const [scopes = '', key, bound, ...rest] = line
      .replace(/^\s*#.*/, '')
      .trim()
      .split(/\s+/);
    if (scopes === '') return [];
    const name = `the key in line ${index + 1} of ${path}`;
    const project = bound?.replace(/^project=/, '');
    const isLine = rest.length === 0 && (bound === undefined || bound.startsWith('project='));
    return [checkKey(isLine ? key : undefined, scopes.split(','), project, name)];
  });
  if (keys.length > 0) return keys;
  throw new TraceError('ERR_TRACE_OPTION', `${path} has no key`);
}

function writeKeysFile(path: string, keys: readonly HubKey[]): void {
  const lines = keys.map(({ key, scopes }) => `${scopes.join(',')} ${key}\n`);
  const head =
    '# Keys of the hub: scopes, key. Two of one scope are both good: add one, then take the old one out.\n';
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, head + lines.join(''), { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw fileError(path, 'could not be made', cause);
  }
}

function fileError(path: string, what: string, cause: unknown): TraceError {
  return new TraceError('ERR_TRACE_FILE', `${path} ${what}: ${messageOf(cause)}`, { cause });
}
