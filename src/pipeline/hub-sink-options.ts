import { booleanOr, integerIn, objectWith, optionalText } from '../arguments.js';
import { expected } from '../errors.js';
import { checkHubUrl, hubKeyFor } from '../gate/hub-key.js';
import { redisUrlOf } from '../gate/toggle/options.js';
import { HUB_URL_DEFAULT, isOwnMachine } from '../wire/hub-address.js';
import type { HubSinkOptions } from './options.js';

/** {@link HubSinkOptions} with nothing left out. */
export type CheckedHubSink = { [K in keyof HubSinkOptions]-?: NonNullable<HubSinkOptions[K]> } & {
  /** Where a toggle asks beside the hub. */
  readonly redisUrl: string | undefined;
};

const TIMEOUT_MS = { min: 100, max: 300_000, fallback: 10_000 };

/** @throws TraceError `ERR_TRACE_OPTION`, which does not show the key. */
export function checkHubSink(value: unknown, env: NodeJS.ProcessEnv = process.env): CheckedHubSink {
  const names = ['url', 'key', 'gzip', 'timeoutMs', 'adaptive', 'errors', 'dryRun', 'toggle'];
  const given = objectWith(value, 'sink.hub', names) as HubSinkOptions;
  const url = checkHubUrl(
    optionalText(given.url, 'sink.hub.url') ?? (env.AEGIS_HUB_URL || HUB_URL_DEFAULT),
    'sink.hub.url',
  );
  const isNear = isOwnMachine(url);
  const key = optionalText(given.key, 'sink.hub.key');
  return {
    url: url.href,
    key: hubKeyFor(url, key, 'sink.hub.key', env),
    gzip: booleanOr(given.gzip, 'sink.hub.gzip', !isNear),
    timeoutMs: integerIn(given.timeoutMs, 'sink.hub.timeoutMs', TIMEOUT_MS),
    adaptive: booleanOr(given.adaptive, 'sink.hub.adaptive', isAdaptiveBy(env)),
    errors: checkErrors(given.errors),
    dryRun: booleanOr(given.dryRun, 'sink.hub.dryRun', false),
    toggle: booleanOr(given.toggle, 'sink.hub.toggle', env.AEGIS_TRACE_TOGGLE === 'on'),
    redisUrl: redisUrlOf(undefined, 'AEGIS_REDIS_URL', env),
  };
}

function checkErrors(errors: unknown = 'pass'): 'pass' | 'gated' {
  if (errors === 'pass' || errors === 'gated') return errors;
  throw expected('ERR_TRACE_OPTION', 'sink.hub.errors', "'pass' or 'gated'", errors);
}

/** The second one is an older client's name. */
const ADAPTIVE_VARIABLES = ['AEGIS_ADAPTIVE', 'CHECKTRACE_ADAPTIVE'];

/** @throws TraceError `ERR_TRACE_OPTION`. */
function isAdaptiveBy(env: NodeJS.ProcessEnv): boolean {
  const variable = ADAPTIVE_VARIABLES.find((name) => env[name]);
  const value = variable === undefined ? 'false' : (env[variable] as string).toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(value)) return true;
  if (['0', 'false', 'no', 'off'].includes(value)) return false;
  throw expected('ERR_TRACE_OPTION', variable as string, 'true or false', value);
}
