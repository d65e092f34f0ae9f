import { readFileSync } from 'node:fs';
import { booleanOr, integerIn, objectWith, optionalText } from '../arguments.js';
import { expected, TraceError } from '../errors.js';
import { HUB_URL_DEFAULT, isOwnMachine, keyOfFile } from '../wire/hub-address.js';
import type { HubSinkOptions } from './options.js';

/** {@link HubSinkOptions} with nothing left out. */
export type CheckedHubSink = { [K in keyof HubSinkOptions]-?: NonNullable<HubSinkOptions[K]> };

const TIMEOUT_MS = { min: 100, max: 300_000, fallback: 10_000 };
/** Where a hub of this machine has its keys when it was started in the same folder. */
const KEYS_FILE = 'logs/hub.keys';

/** @throws TraceError `ERR_TRACE_OPTION`, which does not show the key. */
export function checkHubSink(value: unknown, env: NodeJS.ProcessEnv = process.env): CheckedHubSink {
  const names = ['url', 'key', 'gzip', 'timeoutMs'];
  const given = objectWith(value, 'sink.hub', names) as HubSinkOptions;
  const url = checkUrl(
    optionalText(given.url, 'sink.hub.url') ?? (env.AEGIS_HUB_URL || HUB_URL_DEFAULT),
  );
  const isNear = isOwnMachine(url);
  const key = optionalText(given.key, 'sink.hub.key') ?? (env.AEGIS_HUB_KEY || undefined);
  return {
    url: url.href,
    key: key ?? (isNear ? nearbyKey() : undefined) ?? missingKey(url),
    gzip: booleanOr(given.gzip, 'sink.hub.gzip', !isNear),
    timeoutMs: integerIn(given.timeoutMs, 'sink.hub.timeoutMs', TIMEOUT_MS),
  };
}

function checkUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw expected('ERR_TRACE_OPTION', 'sink.hub.url', 'an http or https URL', text);
}

function nearbyKey(): string | undefined {
  try {
    return keyOfFile(readFileSync(KEYS_FILE, 'utf8'), 'ingest');
  } catch {
    return undefined;
  }
}

function missingKey(url: URL): never {
  throw new TraceError(
    'ERR_TRACE_OPTION',
    `a key of the hub ${url.origin} is needed: give sink.hub.key or set AEGIS_HUB_KEY; aegis-trace hub shows ` +
      `where its keys are`,
  );
}
