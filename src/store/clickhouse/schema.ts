import { randomUUID } from 'node:crypto';
import { TraceError } from '../../errors.js';
import { clusterSettings } from './cluster-settings.js';
import { Connection, type Engine, readAddress, ServerError } from './connection.js';
import { quoted } from './literals.js';

/** What this release makes and knows. */
const SCHEMA_VERSION = 2;

export const HOUR_MS = 3_600_000;
/** How long a statement may take: the servers of a cluster wait 180 s for each other. */
const MAKE_MS = 200_000;
/** Of what a server answers to a question about what is not there. */
const UNKNOWN_TABLE = 60;
const UNKNOWN_DATABASE = 81;

/** A table of a store. */
interface Table {
  readonly name: string;
  readonly columns: string;
  /** By what its rows are sorted. */
  readonly key: string;
  /** Whether what is old of it is dropped: partitions are hours of the insertion, because by that is decided what is. */
  readonly isAging?: boolean;
  /** Whether of rows with the same key the one with the latest version holds. */
  readonly isVersioned?: boolean;
  /** Whether each server of a cluster has all of it. Default: those of a shard have what is of its runs. */
  readonly isEverywhere?: boolean;
}

/**
 * `request` says when events of a request are, and is written before them: the key of `event` begins with the time.
 * `run` has a row for each state of a run, of which the one with the most anchors holds. `horizon` says up to which
 * insertion nothing is shown any more. `foreign_event` is by what an event without a run is known again, written before
 * it; `repeat` has a row for each time that one came again.
 */
const tablesOf = ({ time, name, index }: Types): readonly Table[] => [
  {
    name: 'event',
    columns: `inserted_ms ${time}, wall_us ${time}, run ${name}, lane UInt8, sequence UInt64,
      timestamp_ns ${time}, duration_ns Int64, severity UInt8, process ${name}, event_type ${name},
      component ${name}, model_id ${name}, event_id String, request_id String, rationale String,
      attr_keys Array(${name}), attr_values Array(String)${index}`,
    key: '(wall_us, run, lane, sequence)',
    isAging: true,
  },
  {
    name: 'request',
    columns: 'inserted_ms Int64, request_id String, from_us Int64, to_us Int64',
    key: '(request_id, from_us)',
    isAging: true,
  },
  {
    name: 'run',
    columns: `inserted_ms Int64, run String, pid Int64, host String, service String, project String,
      version String, steady_ns Array(Int64), wall_ns Array(Int64)`,
    key: 'run',
  },
  {
    name: 'foreign_event',
    columns: `inserted_ms Int64, key String, writer String, wall_us Int64, run String, lane UInt8,
      sequence UInt64`,
    key: 'key',
    isAging: true,
  },
  {
    name: 'repeat',
    columns: `inserted_ms Int64, run String, lane UInt8, sequence UInt64, last_ns Int64,
      received_ns Int64`,
    key: '(run, lane, sequence)',
    isAging: true,
  },
  {
    name: 'project',
    columns: `id String, name String, is_enabled UInt8, created_ms Int64, updated_ms Int64,
      version UInt64`,
    key: 'id',
    isVersioned: true,
    isEverywhere: true,
  },
  {
    name: 'alert',
    columns: 'kind String, name String, slot UInt32, version UInt64, texts Array(String)',
    key: '(kind, name, slot)',
    isVersioned: true,
    isEverywhere: true,
  },
  {
    name: 'horizon',
    columns: 'at_ms Int64, horizon_ms Int64, removed UInt64',
    key: 'horizon_ms',
    isEverywhere: true,
  },
  {
    name: 'store',
    columns: 'uuid String, version UInt32, made_ms Int64',
    key: 'version',
    isEverywhere: true,
  },
];

/** How columns of a kind are kept. */
interface Types {
  readonly time: string;
  /** Of which there are few different ones. */
  readonly name: string;
  readonly index: string;
}

const PLAIN: Types = { time: 'Int64', name: 'String', index: '' };
/** Where a server can: times as differences, names by numbers, requests found without their hint. */
const PACKED: Types = {
  time: 'Int64 CODEC(Delta, ZSTD(1))',
  name: 'LowCardinality(String)',
  index: ', INDEX request_id_index request_id TYPE bloom_filter GRANULARITY 4',
};

/** What a server can is asked of it, and not read from its version: there are many builds. */
async function typesOf(server: Connection): Promise<Types> {
  const [row] = await server.rows<{ n: string }>(
    'say what it can',
    `SELECT count() AS n FROM system.columns
     WHERE database = 'system' AND table = 'columns' AND name = 'compression_codec'`,
  );
  return Number(row?.n ?? 0) > 0 ? PACKED : PLAIN;
}

/** Those with partitions that are dropped when they are old. */
export const AGING_TABLES = ['event', 'request', 'foreign_event', 'repeat'] as const;

const attribute = (name: string): string => `attr_values[indexOf(attr_keys, ${quoted(name)})]`;

/** Events that are not purged. */
export const VISIBLE = 'inserted_ms > (SELECT max(horizon_ms) FROM horizon)';

/** The founding views. */
const VIEWS = [
  `process_trace AS SELECT toDateTime(intDiv(wall_us, 1000000)) AS ts, process,
    if(severity >= 2, 'ERR', 'OK') AS status, duration_ns / 1000000 AS duration_ms,
    if(severity < 2, '', if(has(attr_keys, 'error'), ${attribute('error')}, rationale)) AS exception,
    request_id
  FROM event WHERE ${VISIBLE}`,
  `data_trace AS SELECT toDateTime(intDiv(wall_us, 1000000)) AS ts, process,
    if(name = 'result', 'result', substring(name, 5)) AS data,
    if(name = 'result', 'OUTPUT', 'INPUT') AS data_type, value AS data_value,
    if(severity >= 2, 'ERR', 'OK') AS status,
    if(severity < 2, '', if(has(attr_keys, 'error'), ${attribute('error')}, rationale)) AS exception,
    request_id
  FROM event ARRAY JOIN attr_keys AS name, attr_values AS value
  WHERE (name = 'result' OR name LIKE 'arg.\\\\_%') AND ${VISIBLE}`,
];

/** What a database is, as far as a store is concerned. */
export interface SchemaState {
  /** Of the configuration of its servers; undefined for a store on one server. */
  readonly cluster: string | undefined;
  readonly database: string;
  readonly server: string;
  /** Undefined when there is no store in it. */
  readonly version: number | undefined;
  readonly uuid: string | undefined;
}

/** @throws ServerError (rejects). */
async function schemaState(connection: Connection, database: string): Promise<SchemaState> {
  const [row] = await connection.rows<{ v: string }>('say its version', 'SELECT version() AS v');
  const server = row?.v ?? '';
  try {
    const sql = `SELECT uuid, version FROM ${database}.store ORDER BY version DESC, made_ms LIMIT 1`;
    const [found] = await connection.rows<{ uuid: string; version: number }>('read its state', sql);
    const cluster = await clusterOf(connection, database);
    return { database, server, cluster, version: found?.version, uuid: found?.uuid };
  } catch (error) {
    const isMissing =
      error instanceof ServerError &&
      (error.number === UNKNOWN_TABLE || error.number === UNKNOWN_DATABASE);
    if (!isMissing) throw error;
    return { database, server, cluster: undefined, version: undefined, uuid: undefined };
  }
}

/** On which cluster the events of a store are. */
async function clusterOf(connection: Connection, database: string): Promise<string | undefined> {
  const [row] = await connection.rows<{ cluster: string }>(
    'say on which cluster it is',
    // The name is between quotes where it is shown so.
    `SELECT extract(engine_full, '^Distributed[(][^a-zA-Z0-9_]*([a-zA-Z0-9_]+)') AS cluster
     FROM system.tables
     WHERE database = ${quoted(database)} AND name = 'event'`,
  );
  return row?.cluster || undefined;
}

/** How a store is made. */
export interface InitOptions {
  /**
   * On all servers of a cluster that is so called in their configuration, which have a ZooKeeper or Keeper, the macros
   * `shard` and `replica`, and `distributed_ddl`. Default: on one server.
   */
  readonly cluster?: string | undefined;
  readonly engine?: Engine | undefined;
}

/**
 * Makes a store, or what of it is not there yet; one that is there stays as it is.
 *
 * @throws TraceError (rejects) `ERR_TRACE_OPTION` for a cluster when there is one without, and the reverse; as
 * Connection.open(); ServerError.
 */
export function initStore(
  url: string,
  { cluster, engine }: InitOptions = {},
): Promise<SchemaState> {
  if (cluster !== undefined && !/^\w+$/.test(cluster)) {
    throw new TraceError('ERR_TRACE_OPTION', `no cluster is called ${cluster}`);
  }
  return onServer(url, engine, async (server, database) => {
    const state = await schemaState(server, database);
    if (state.version === undefined) {
      await makeSchema(server, { url, database, cluster }, randomUUID());
      return schemaState(server, database);
    }
    if (cluster === undefined || cluster === state.cluster) return state;
    const where = state.cluster === undefined ? 'one server' : `the cluster ${state.cluster}`;
    throw new TraceError(
      'ERR_TRACE_OPTION',
      `the store in ${database} is on ${where}: aegis-trace copy brings its events to another one`,
    );
  });
}

/**
 * Makes a store of an older release one of this one, which changes nothing in its events. Until now each version has had
 * more tables than the one before, and nothing else.
 *
 * @throws TraceError (rejects) as {@link initStore}; `ERR_TRACE_STORE` when there is none, or one of a later release.
 */
export function migrateStore(url: string): Promise<SchemaState> {
  return onServer(url, undefined, async (server, database) => {
    const state = await schemaState(server, database);
    if (state.uuid === undefined || (state.version ?? 0) >= SCHEMA_VERSION) {
      requireSchema(state);
      return state;
    }
    await makeSchema(server, { url, ...state }, state.uuid);
    return schemaState(server, database);
  });
}

/** What there is at a URL. @throws as {@link initStore}. */
export const readSchema = (url: string, engine?: Engine): Promise<SchemaState> =>
  onServer(url, engine, schemaState);

/** Asks a server about the database of a URL, which need not be there. */
async function onServer<T>(
  url: string,
  engine: Engine | undefined,
  ask: (server: Connection, database: string) => Promise<T>,
): Promise<T> {
  const server = await Connection.open(url, { database: 'default', engine, timeoutMs: MAKE_MS });
  try {
    return await ask(server, readAddress(url).database);
  } finally {
    await server.close();
  }
}

/** Where a schema is made. */
interface Place {
  readonly url: string;
  readonly database: string;
  readonly cluster: string | undefined;
}

/** The database of what a shard has of a store; that of the store has tables of the same names over all of them. */
export const shardDatabase = (database: string): string => `${database}_shard`;

/** Where the keeper of a cluster has what it knows of a table. */
export const keeperPath = (database: string, table: string): string =>
  `/aegis-trace/${database}/${table}`;

async function makeSchema(server: Connection, place: Place, uuid: string): Promise<void> {
  const { database } = place;
  for (const statement of statementsOf(place, await typesOf(server))) {
    await server.command('make a store', statement);
  }
  // Last: what began and did not end is begun again.
  const rows = `${uuid}\t${SCHEMA_VERSION}\t${Date.now()}\n`;
  const row = { columns: ['uuid', 'version', 'made_ms'], rows };
  if (place.cluster === undefined) return server.insert(`${database}.store`, row);
  const { state: settings } = await clusterSettings(server, place.cluster);
  const state = await Connection.open(place.url, { settings });
  await state.insert('store', row).finally(() => state.close());
}

function statementsOf({ database, cluster }: Omit<Place, 'url'>, types: Types): string[] {
  const on = cluster === undefined ? '' : ` ON CLUSTER ${cluster}`;
  const tables = tablesOf(types).flatMap((table) =>
    cluster === undefined
      ? [createTable(table, `${database}.${table.name}`, '', '')]
      : clusterTables(table, database, cluster),
  );
  const views = VIEWS.flatMap((view) => {
    const [name] = view.split(' ') as [string];
    const query = view
      .slice(name.length)
      .replaceAll(/FROM (event|horizon)/g, `FROM ${database}.$1`);
    return [
      `DROP TABLE IF EXISTS ${database}.${name}${on}`,
      `CREATE VIEW ${database}.${name}${on}${query}`,
    ];
  });
  return [`CREATE DATABASE IF NOT EXISTS ${database}${on}`, ...tables, ...views];
}

function clusterTables(table: Table, database: string, cluster: string): string[] {
  const { name } = table;
  const on = ` ON CLUSTER ${cluster}`;
  const path = keeperPath(database, name);
  if (table.isEverywhere) {
    return [createTable(table, `${database}.${name}`, on, `'${path}', '{shard}-{replica}'`)];
  }
  const local = `${shardDatabase(database)}.${name}`;
  return [
    `CREATE DATABASE IF NOT EXISTS ${shardDatabase(database)}${on}`,
    createTable(table, local, on, `'${path}/{shard}', '{replica}'`),
    `CREATE TABLE IF NOT EXISTS ${database}.${name}${on} AS ${local}
     ENGINE = Distributed(${cluster}, ${shardDatabase(database)}, ${name})`,
  ];
}

/** @param replica - how a replica of it is known; empty for a table that has none. */
function createTable(
  { columns, key, isAging, isVersioned }: Table,
  name: string,
  on: string,
  replica: string,
): string {
  const kind = `${replica === '' ? '' : 'Replicated'}${isVersioned ? 'Replacing' : ''}MergeTree`;
  const parameters = [replica, isVersioned ? 'version' : ''].filter((text) => text !== '');
  const engine = parameters.length === 0 ? kind : `${kind}(${parameters.join(', ')})`;
  const partition = isAging ? `PARTITION BY intDiv(inserted_ms, ${HOUR_MS})` : '';
  return `CREATE TABLE IF NOT EXISTS ${name}${on} (${columns})
    ENGINE = ${engine} ${partition} ORDER BY ${key}`;
}

/** @throws TraceError `ERR_TRACE_STORE` for a database that this release cannot work with. */
export function requireSchema({ database, version }: SchemaState): void {
  if (version === SCHEMA_VERSION) return;
  const what =
    version === undefined
      ? `there is no store in the database ${database}: make one with aegis-trace store init`
      : version < SCHEMA_VERSION
        ? `the store in ${database} has version ${version}: aegis-trace store migrate`
        : `the store in ${database} has version ${version}, this release knows ${SCHEMA_VERSION}`;
  throw new TraceError('ERR_TRACE_STORE', what);
}
