import { readFileSync } from 'node:fs';
import { expected, TraceError } from '../errors.js';
import { isOwnMachine, keyOfFile } from '../wire/hub-address.js';

/** Where a hub of this machine has its keys when it was started in the same folder. */
const KEYS_FILE = 'logs/hub.keys';

/** @throws TraceError `ERR_TRACE_OPTION` for what is no URL of a hub. */
export function checkHubUrl(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw expected('ERR_TRACE_OPTION', name, 'an http or https URL', text);
}

/**
 * The key that was given, else that of `AEGIS_HUB_KEY`, else that of the file of a hub of this machine.
 *
 * @throws TraceError `ERR_TRACE_OPTION` when there is none.
 */
export function hubKeyFor(
  url: URL,
  given: string | undefined,
  name: string,
  env: NodeJS.ProcessEnv,
): string {
  const key = given ?? (env.AEGIS_HUB_KEY || undefined);
  return key ?? (isOwnMachine(url) ? nearbyKey() : undefined) ?? missingKey(url, name);
}

function nearbyKey(): string | undefined {
  try {
    return keyOfFile(readFileSync(KEYS_FILE, 'utf8'), 'ingest');
  } catch {
    return undefined;
  }
}

function missingKey(url: URL, name: string): never {
  throw new TraceError(
    'ERR_TRACE_OPTION',
    `a key of the hub ${url.origin} is needed: give ${name} or set AEGIS_HUB_KEY; aegis-trace hub shows ` +
      'where its keys are',
  );
}
