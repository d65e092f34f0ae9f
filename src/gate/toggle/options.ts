import { randomUUID } from 'node:crypto';
import { objectWith, optionalText } from '../../arguments.js';
import { expected } from '../../errors.js';
import { isProjectId } from '../../event/project-id.js';
import { checkHubUrl, hubKeyFor } from '../hub-key.js';

/** Options of createToggle(). */
export interface ToggleOptions {
  /** The project, `[A-Za-z0-9][A-Za-z0-9_.-]{0,99}`. Default: `AEGIS_PROJECT`. */
  readonly projectId?: string | undefined;
  /** `redis://user:password@host:6379/0`. Default: `AEGIS_REDIS_URL`; without one Redis is not asked. */
  readonly redisUrl?: string | undefined;
  /** Default: `AEGIS_HUB_URL`; without one no hub is asked. One of the two is needed. */
  readonly hubUrl?: string | undefined;
  /** Of the hub, scope `ingest` or `read`. Default: `AEGIS_HUB_KEY`, else that of a hub of this machine. */
  readonly key?: string | undefined;
  /** What the hub calls this process. Default: `AEGIS_SERVICE`. */
  readonly service?: string | undefined;
}

export interface CheckedToggleOptions {
  readonly projectId: string;
  readonly redisUrl: string | undefined;
  readonly hub: { readonly url: string; readonly key: string } | undefined;
  readonly service: string | undefined;
  /** Names the process at the hub: a UUID. */
  readonly run: string;
}

const NAMES = ['projectId', 'redisUrl', 'hubUrl', 'key', 'service'];

/** @throws TraceError `ERR_TRACE_OPTION`, which shows neither key nor password. */
export function checkToggleOptions(
  value: unknown,
  env: NodeJS.ProcessEnv = process.env,
): CheckedToggleOptions {
  const given = objectWith(value, 'options', NAMES) as ToggleOptions;
  const projectId = optionalText(given.projectId, 'projectId') ?? env.AEGIS_PROJECT;
  if (!isProjectId(projectId)) {
    const what = '1 to 100 letters, digits, ., _ and -, of which the first is a letter or digit';
    throw expected('ERR_TRACE_OPTION', 'projectId', what, projectId);
  }
  const redisUrl = redisUrlOf(optionalText(given.redisUrl, 'redisUrl'), 'redisUrl', env);
  const hubUrl = optionalText(given.hubUrl, 'hubUrl') ?? (env.AEGIS_HUB_URL || undefined);
  if (redisUrl === undefined && hubUrl === undefined) {
    const both = 'redisUrl or hubUrl, or AEGIS_REDIS_URL or AEGIS_HUB_URL';
    throw expected('ERR_TRACE_OPTION', 'options', `with ${both}`, 'neither');
  }
  return {
    projectId,
    redisUrl,
    hub: hubUrl === undefined ? undefined : hubOf(hubUrl, given.key, env),
    service: optionalText(given.service, 'service') ?? env.AEGIS_SERVICE,
    run: randomUUID(),
  };
}

function hubOf(
  text: string,
  key: string | undefined,
  env: NodeJS.ProcessEnv,
): { url: string; key: string } {
  const url = checkHubUrl(text, 'hubUrl');
  return { url: url.href, key: hubKeyFor(url, optionalText(key, 'key'), 'key', env) };
}

/** What was given, else what the environment says. The second variable is an older program's name for it. */
export function redisUrlOf(
  given: string | undefined,
  name: string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const url = given ?? (env.AEGIS_REDIS_URL || env.OBSERVABILITY_REDIS_URL || undefined);
  return url === undefined ? undefined : checkRedisUrl(url, name);
}

/** @throws TraceError `ERR_TRACE_OPTION`, which does not show a password. */
export function checkRedisUrl(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'redis:' || url?.protocol === 'rediss:') return text;
  const shown = url === undefined ? `${text.length} characters` : url.protocol;
  throw expected('ERR_TRACE_OPTION', name, 'a URL that begins with redis:// or rediss://', shown);
}
