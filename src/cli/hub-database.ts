import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ClickHouseRunner } from '../alerts/clickhouse-runner.js';
import { QueryRunner } from '../alerts/query-runner.js';
import type { RuleRunner } from '../alerts/rule-runner.js';
import { TraceError } from '../errors.js';
import type { HubOptions } from '../hub/options.js';
import { hubSettings } from '../hub/settings.js';
import { DATABASE_PATH_DEFAULT } from '../store/options.js';

/** Options of commands that look at the database of a hub on this machine. */
export interface HubDatabaseOptions {
  database?: string | undefined;
  config?: string | undefined;
}

/** What asks a store. */
export interface HubRunner {
  readonly runner: RuleRunner;
  /** The path of a database that is not there. */
  readonly missing?: string;
}

/** What asks the store that a hub with these options would take. @throws TraceError (rejects) as hubSettings(). */
export async function hubRunner(
  options: HubDatabaseOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HubRunner> {
  const { store, database = DATABASE_PATH_DEFAULT } = await settingsOf(options, env);
  if (store !== undefined) return { runner: new ClickHouseRunner(store.clickhouse) };
  const path = resolve(database);
  return { runner: new QueryRunner(path), ...(!existsSync(path) && { missing: path }) };
}

/** The database that a hub with these options would take. @throws TraceError (rejects) as hubSettings(); for a ClickHouse. */
export async function hubDatabase(
  options: HubDatabaseOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { store, database } = await settingsOf(options, env);
  if (store === undefined) return resolve(database ?? DATABASE_PATH_DEFAULT);
  const message = 'the hub keeps its events in a ClickHouse, which has tools of its own for that';
  throw new TraceError('ERR_TRACE_OPTION', message);
}

function settingsOf(
  { database, config }: HubDatabaseOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HubOptions> {
  // Who names a database means that one.
  const known = database === undefined ? env : { ...env, AEGIS_STORE_URL: undefined };
  return hubSettings({ database }, known, config ?? (env.AEGIS_HUB_CONFIG || undefined));
}
