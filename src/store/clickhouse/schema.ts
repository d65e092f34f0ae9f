import { randomUUID } from 'node:crypto';
import { TraceError } from '../../errors.js';
import { Connection, type Engine, readAddress, ServerError } from './connection.js';
import { quoted } from './literals.js';

/** What this release makes and knows. */
const SCHEMA_VERSION = 2;

export const HOUR_MS = 3_600_000;
/** Of what a server answers to a question about what is not there. */
const UNKNOWN_TABLE = 60;
const UNKNOWN_DATABASE = 81;

/**
 * Partitions are hours of the insertion, because by that is decided what is old: one is dropped as a whole.
 *
 * `request` says when events of a request are, and is written before them: the key of `event` begins with the time.
 * `run` has a row for each state of a run, of which the one with the most anchors holds. `horizon` says up to which
 * insertion nothing is shown any more. `foreign_event` is by what an event without a run is known again, written before
 * it; `repeat` has a row for each time that one came again.
 *
 * Of `project` and `alert` the row with the latest version holds.
 */
const tablesOf = ({ time, name, index }: Types): readonly string[] => [
  `event (
    inserted_ms ${time}, wall_us ${time}, run ${name}, lane UInt8, sequence UInt64,
    timestamp_ns ${time}, duration_ns Int64, severity UInt8, process ${name}, event_type ${name},
    component ${name}, model_id ${name}, event_id String, request_id String, rationale String,
    attr_keys Array(${name}), attr_values Array(String)${index}
  ) ENGINE = MergeTree PARTITION BY intDiv(inserted_ms, ${HOUR_MS})
    ORDER BY (wall_us, run, lane, sequence)`,
  `request (inserted_ms Int64, request_id String, from_us Int64, to_us Int64)
    ENGINE = MergeTree PARTITION BY intDiv(inserted_ms, ${HOUR_MS}) ORDER BY (request_id, from_us)`,
  `run (
    inserted_ms Int64, run String, pid Int64, host String, service String, project String,
    version String, steady_ns Array(Int64), wall_ns Array(Int64)
  ) ENGINE = MergeTree ORDER BY run`,
  `foreign_event (
    inserted_ms Int64, key String, writer String, wall_us Int64, run String, lane UInt8, sequence UInt64
  ) ENGINE = MergeTree PARTITION BY intDiv(inserted_ms, ${HOUR_MS}) ORDER BY key`,
  `repeat (
    inserted_ms Int64, run String, lane UInt8, sequence UInt64, last_ns Int64, received_ns Int64
  ) ENGINE = MergeTree PARTITION BY intDiv(inserted_ms, ${HOUR_MS}) ORDER BY (run, lane, sequence)`,
  `project (
    id String, name String, is_enabled UInt8, created_ms Int64, updated_ms Int64, version UInt64
  ) ENGINE = ReplacingMergeTree(version) ORDER BY id`,
  `alert (
    kind String, name String, slot UInt32, version UInt64, texts Array(String)
  ) ENGINE = ReplacingMergeTree(version) ORDER BY (kind, name, slot)`,
  'horizon (at_ms Int64, horizon_ms Int64, removed UInt64) ENGINE = MergeTree ORDER BY horizon_ms',
  'store (uuid String, version UInt32, made_ms Int64) ENGINE = MergeTree ORDER BY version',
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
    return { database, server, version: found?.version, uuid: found?.uuid };
  } catch (error) {
    const isMissing =
      error instanceof ServerError &&
      (error.number === UNKNOWN_TABLE || error.number === UNKNOWN_DATABASE);
    if (!isMissing) throw error;
    return { database, server, version: undefined, uuid: undefined };
  }
}

/**
 * Makes a store, or what of it is not there yet; one that is there stays as it is.
 *
 * @throws TraceError (rejects) as Connection.open(); ServerError.
 */
export function initStore(url: string, engine?: Engine): Promise<SchemaState> {
  return onServer(url, engine, async (server, database) => {
    const state = await schemaState(server, database);
    if (state.version !== undefined) return state;
    await makeSchema(server, database, randomUUID());
    return schemaState(server, database);
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
    await makeSchema(server, database, state.uuid);
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
  const server = await Connection.open(url, { database: 'default', engine });
  try {
    return await ask(server, readAddress(url).database);
  } finally {
    await server.close();
  }
}

async function makeSchema(server: Connection, database: string, uuid: string): Promise<void> {
  await server.command('make a database', `CREATE DATABASE IF NOT EXISTS ${database}`);
  for (const table of tablesOf(await typesOf(server))) {
    await server.command('make a table', `CREATE TABLE IF NOT EXISTS ${database}.${table}`);
  }
  for (const view of VIEWS) {
    const [name] = view.split(' ');
    const qualified = view.replaceAll(/FROM (event|horizon)/g, `FROM ${database}.$1`);
    await server.command('make a view', `DROP TABLE IF EXISTS ${database}.${name}`);
    await server.command('make a view', `CREATE VIEW ${database}.${qualified}`);
  }
  // Last: what began and did not end is begun again.
  const rows = `${uuid}\t${SCHEMA_VERSION}\t${Date.now()}\n`;
  await server.insert(`${database}.store`, { columns: ['uuid', 'version', 'made_ms'], rows });
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
