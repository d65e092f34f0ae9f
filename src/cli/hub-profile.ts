import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { objectWith } from '../arguments.js';
import { expected } from '../errors.js';
import { readToml } from '../hub/read-toml.js';
import type { HubClientOptions } from './hub-client.js';

/** Options of a command that asks a hub, one of which names others. */
export interface ProfileOptions extends HubClientOptions {
  /** A table of the file of profiles. */
  profile?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** `[production]`, `url = "https://hub.example"`, `key_file = "production.key"`. */
const PROFILE_KEYS = ['url', 'key_file'];

/**
 * The options with those of the profile that is named, by a flag or AEGIS_HUB_PROFILE; what is given otherwise counts.
 *
 * @throws TraceError (rejects) `ERR_TRACE_OPTION`, `ERR_TRACE_FILE`.
 */
export async function withProfile(options: ProfileOptions, env: Env): Promise<HubClientOptions> {
  const { profile = env.AEGIS_HUB_PROFILE, ...given } = options;
  if (!profile) return given;
  const file = profilesFile(env);
  const { table: profiles } = await readToml(file);
  const names = Object.keys(profiles);
  if (!Object.hasOwn(profiles, profile)) {
    throw expected(
      'ERR_TRACE_OPTION',
      `a profile of ${file}`,
      `one of ${names.join(', ')}`,
      profile,
    );
  }
  const name = `[${profile}] of ${file}`;
  const { url, key_file: keyFile } = objectWith(profiles[profile], name, PROFILE_KEYS) as Record<
    string,
    unknown
  >;
  for (const [key, value] of Object.entries({ url, key_file: keyFile })) {
    if (value !== undefined && typeof value !== 'string') {
      throw expected('ERR_TRACE_OPTION', `${key} in ${name}`, 'a text', value);
    }
  }
  return {
    ...(typeof url === 'string' && { hub: url }),
    // Beside the file, wherever the command is run.
    ...(typeof keyFile === 'string' && { keyFile: resolve(dirname(file), keyFile) }),
    ...given,
  };
}

function profilesFile(env: Env): string {
  if (env.AEGIS_HUB_PROFILES) return resolve(env.AEGIS_HUB_PROFILES);
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'aegis-trace', 'hubs.toml');
}
