import { TraceError } from '../errors.js';
import {
  initStore,
  migrateStore,
  readSchema,
  type SchemaState,
} from '../store/clickhouse/schema.js';
import type { CliIo } from './cli-io.js';
import { type CommandContext, EXIT } from './io.js';
import { safeText } from './safe-text.js';

/** Options of `aegis-trace store …`. */
export interface StoreCommandOptions {
  json?: boolean;
  url?: string;
  /** Of `init`. */
  cluster?: string;
}

/** `aegis-trace store init`: makes the tables; those that are there stay. */
export async function storeInitCommand(
  options: StoreCommandOptions,
  context: CommandContext,
  env: CliIo['env'],
): Promise<number> {
  const { cluster } = options;
  await say(await initStore(urlOf(options, env), { cluster }), options, context);
  return EXIT.ok;
}

/** `aegis-trace store migrate`: brings one of an older release to this one. */
export async function storeMigrateCommand(
  options: StoreCommandOptions,
  context: CommandContext,
  env: CliIo['env'],
): Promise<number> {
  await say(await migrateStore(urlOf(options, env)), options, context);
  return EXIT.ok;
}

/** `aegis-trace store status`: whether there is a store, and of which version; 1 when there is none. */
export async function storeStatusCommand(
  options: StoreCommandOptions,
  context: CommandContext,
  env: CliIo['env'],
): Promise<number> {
  const state = await readSchema(urlOf(options, env));
  await say(state, options, context);
  return state.version === undefined ? EXIT.negative : EXIT.ok;
}

/** @throws TraceError `ERR_TRACE_OPTION`. */
function urlOf({ url }: StoreCommandOptions, env: CliIo['env']): string {
  const found = url ?? env.AEGIS_STORE_URL;
  if (found !== undefined && found !== '') return found;
  const message = 'which ClickHouse? --url clickhouse://HOST:8123/DATABASE, or AEGIS_STORE_URL';
  throw new TraceError('ERR_TRACE_OPTION', message);
}

async function say(
  { database, server, cluster, version, uuid }: SchemaState,
  { json = false }: StoreCommandOptions,
  { out }: CommandContext,
): Promise<void> {
  if (json) {
    await out.line(
      JSON.stringify({
        database,
        server,
        cluster: cluster ?? null,
        version: version ?? null,
        uuid: uuid ?? null,
      }),
    );
    return;
  }
  const what = version === undefined ? 'no store' : `a store of version ${version}`;
  const where = cluster === undefined ? '' : ` on the cluster ${safeText(cluster)}`;
  await out.line(`${safeText(database)}: ${what}${where}, ClickHouse ${safeText(server)}`);
}
