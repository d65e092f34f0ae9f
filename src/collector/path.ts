import { fileURLToPath } from 'node:url';
import { expected } from '../errors.js';

/**
 * The path that `path`, the argument of that name, stands for.
 *
 * @throws TraceError `ERR_TRACE_OPTION` when it is neither a non-empty string without NUL nor a file: URL.
 */
export function checkPath(path: unknown, name = 'path'): string {
  const text = path instanceof URL ? pathOf(path) : path;
  if (typeof text === 'string' && text !== '' && !text.includes('\0')) return text;
  throw expected('ERR_TRACE_OPTION', name, 'a non-empty string or a file: URL', path);
}

function pathOf(url: URL): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined; // another scheme, another host, or an escaped slash
  }
}
