import { resolve } from 'node:path';
import { hubSettings } from '../hub/settings.js';
import { DATABASE_PATH_DEFAULT } from '../store/options.js';

/** Options of commands that look at the database of a hub on this machine. */
export interface HubDatabaseOptions {
  database?: string | undefined;
  config?: string | undefined;
}

/** The database that a hub with these options would take. @throws TraceError (rejects) as hubSettings(). */
export async function hubDatabase(
  { database, config }: HubDatabaseOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const settings = await hubSettings(
    { database },
    env,
    config ?? (env.AEGIS_HUB_CONFIG || undefined),
  );
  return resolve(settings.database ?? DATABASE_PATH_DEFAULT);
}
