import { randomUUID } from 'node:crypto';
import { Connection } from './connection.js';
import { rollUp } from './rollup.js';
import type { SqlDatabase } from './sqlite-driver.js';

/** Says in the file's header whose database it is: `AEGT`. */
export const APPLICATION_ID = 0x41454754;

/** Events whose chains are indexed together: see {@link requestKey}. */
export const REQUEST_BLOCK = 65_536;

/**
 * What is added to an event for its `status`, `exception` and so on is in views: the table has what
 * was recorded and what is searched for.
 *
 * Keys grow in order: `id` counts, and a place grows in its lane. `ts` is text, because that is what
 * SQLite's datetime() gives and compares with. The index of processes has all that the percentiles
 * take, and `id` before it, so that it is in the order of pages. Request ids come in no order, so it
 * is a key of 32 bits per block of events that is indexed: inserting touches only the newest block.
 */
const VERSION_1 = `
CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL UNIQUE,
  pid INTEGER NOT NULL,
  steady_ns INTEGER NOT NULL,
  wall_ns INTEGER NOT NULL
);
CREATE TABLE process (id INTEGER PRIMARY KEY, name NOT NULL UNIQUE);
CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  place INTEGER NOT NULL,
  ts TEXT NOT NULL,
  timestamp_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL,
  status TEXT NOT NULL,
  severity INTEGER NOT NULL,
  process INTEGER NOT NULL,
  event_type NOT NULL,
  component NOT NULL,
  model_id NOT NULL,
  event_id TEXT NOT NULL,
  request_id NOT NULL,
  request_key INTEGER,
  rationale NOT NULL,
  attributes TEXT
);
CREATE UNIQUE INDEX event_place ON event (run, place);
CREATE INDEX event_time ON event (ts);
CREATE INDEX event_error ON event (ts) WHERE status = 'ERR';
CREATE INDEX event_process ON event (process, status, ts, id, duration_ns);
CREATE INDEX event_request ON event (request_key) WHERE request_key IS NOT NULL;

CREATE VIEW process_trace (ts, process, status, duration_ms, exception) AS
SELECT e.ts, p.name, e.status, e.duration_ns / 1e6,
  CASE WHEN e.status = 'ERR' THEN coalesce(
    (SELECT CASE
        WHEN stack = '' THEN error
        WHEN substr(stack, 1, length(error)) = error THEN stack
        ELSE error || char(10) || stack END
      FROM (SELECT
        json_extract(e.attributes, '$.error') AS error,
        coalesce(json_extract(e.attributes, '$.stack'), '')
          || coalesce(json_extract(e.attributes, '$."stack.2"'), '')
          || coalesce(json_extract(e.attributes, '$."stack.3"'), '')
          || coalesce(json_extract(e.attributes, '$."stack.4"'), '') AS stack)),
    e.rationale) END
FROM event e JOIN process p ON p.id = e.process;

CREATE VIEW data_trace (ts, process, data, data_type, data_value, status, exception) AS
SELECT e.ts, p.name,
  CASE WHEN a.key = 'result' THEN 'result' ELSE substr(a.key, 5) END,
  CASE WHEN a.key = 'result' THEN 'OUTPUT' ELSE 'INPUT' END,
  a.value, e.status,
  CASE WHEN e.status = 'ERR' THEN coalesce(json_extract(e.attributes, '$.error'), e.rationale) END
FROM event e JOIN process p ON p.id = e.process JOIN json_each(e.attributes) a
WHERE a.key = 'result' OR a.key LIKE 'arg._%';
`;

/**
 * What version 2 adds; the rows of events stay as they are.
 *
 * `store` has one row: who the database is, ids that are never given twice, what was purged, and the clock
 * that retention goes by. `insertion` says when events were inserted, by the first id of each second, on
 * that clock. `rollup` has counts and a histogram of durations for each minute of wall time and process;
 * process 0 is all of them, without a histogram. By minute first: an append changes rows side by side.
 * `anchor` has each anchor of a run, of which the run's own row has the first. What is not known of the program
 * of a run is ''.
 */
const VERSION_2 = `
CREATE TABLE store (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  uuid TEXT NOT NULL,
  next_event INTEGER NOT NULL,
  next_run INTEGER NOT NULL,
  next_process INTEGER NOT NULL,
  purged INTEGER NOT NULL,
  purged_to INTEGER NOT NULL,
  clock_ms INTEGER NOT NULL,
  boot TEXT NOT NULL,
  boot_ms INTEGER NOT NULL
);
CREATE TABLE insertion (
  first_event INTEGER PRIMARY KEY,
  from_ms INTEGER NOT NULL
);
CREATE TABLE rollup (
  minute INTEGER NOT NULL,
  process INTEGER NOT NULL,
  events INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  histogram BLOB NOT NULL,
  PRIMARY KEY (minute, process)
) WITHOUT ROWID;
CREATE TABLE anchor (
  run INTEGER NOT NULL,
  steady_ns INTEGER NOT NULL,
  wall_ns INTEGER NOT NULL,
  PRIMARY KEY (run, steady_ns)
) WITHOUT ROWID;
INSERT INTO anchor SELECT id, steady_ns, wall_ns FROM run;
ALTER TABLE run ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN service TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN project TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN version TEXT NOT NULL DEFAULT '';

DROP VIEW process_trace;
DROP VIEW data_trace;
CREATE VIEW process_trace (ts, process, status, duration_ms, exception, request_id) AS
SELECT e.ts, p.name, e.status, e.duration_ns / 1e6,
  CASE WHEN e.status = 'ERR' THEN coalesce(
    (SELECT CASE
        WHEN stack = '' THEN error
        WHEN substr(stack, 1, length(error)) = error THEN stack
        ELSE error || char(10) || stack END
      FROM (SELECT
        json_extract(e.attributes, '$.error') AS error,
        coalesce(json_extract(e.attributes, '$.stack'), '')
          || coalesce(json_extract(e.attributes, '$."stack.2"'), '')
          || coalesce(json_extract(e.attributes, '$."stack.3"'), '')
          || coalesce(json_extract(e.attributes, '$."stack.4"'), '') AS stack)),
    e.rationale) END,
  e.request_id
FROM event e JOIN process p ON p.id = e.process;

CREATE VIEW data_trace (ts, process, data, data_type, data_value, status, exception, request_id) AS
SELECT e.ts, p.name,
  CASE WHEN a.key = 'result' THEN 'result' ELSE substr(a.key, 5) END,
  CASE WHEN a.key = 'result' THEN 'OUTPUT' ELSE 'INPUT' END,
  a.value, e.status,
  CASE WHEN e.status = 'ERR' THEN coalesce(json_extract(e.attributes, '$.error'), e.rationale) END,
  e.request_id
FROM event e JOIN process p ON p.id = e.process JOIN json_each(e.attributes) a
WHERE a.key = 'result' OR a.key LIKE 'arg._%';
`;

/**
 * What version 3 adds. `foreign_event` has what is known again of an event that no collector of ours has recorded: by
 * its key, and how often it came since, when last, and when that was received. `follower` has how far each
 * reader of {@link EventStore.after} has come, and who is it, until when on the clock of the store.
 */
const VERSION_3 = `
CREATE TABLE foreign_event (
  event INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  repeats INTEGER NOT NULL,
  last_ns INTEGER NOT NULL,
  received_ns INTEGER NOT NULL
);
CREATE TABLE follower (
  name TEXT PRIMARY KEY,
  position INTEGER NOT NULL,
  holder TEXT NOT NULL,
  until_ms INTEGER NOT NULL
) WITHOUT ROWID;
`;

/** What version 4 adds: projects, whose tracing is on or off. `version` grows with each change. */
const VERSION_4 = `
CREATE TABLE project (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  tracing_enabled INTEGER NOT NULL DEFAULT 1,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX project_tracing ON project (tracing_enabled);
`;

/** What version 5 adds: where alert rules stand, what they were, and what nobody has been told of yet; as JSON. */
const VERSION_5 = `
CREATE TABLE alert (
  rule TEXT PRIMARY KEY,
  state TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE alert_change (
  id INTEGER PRIMARY KEY,
  rule TEXT NOT NULL,
  change TEXT NOT NULL
);
CREATE INDEX alert_change_rule ON alert_change (rule, id);
CREATE TABLE alert_notice (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  notice TEXT NOT NULL
);
`;

/** For a reader of an older database: as if nothing foreign were in it. */
export const NOTHING_FOREIGN = `
CREATE TEMP TABLE foreign_event (event INTEGER PRIMARY KEY, repeats, last_ns, received_ns);
`;
export const FOREIGN_VERSION = 3;

/**
 * Version 1 did not know when an event was inserted: all that it has counts as inserted now, and is kept
 * for one more retention.
 */
function toVersion2(database: SqlDatabase): void {
  database.exec(VERSION_2);
  const connection = new Connection(database);
  const nextOf = (table: string): number =>
    (connection.number(`SELECT max(id) FROM ${table}`) ?? 0) + 1;
  const nextEvent = nextOf('event');
  connection.run('INSERT INTO store VALUES (1, ?, ?, ?, ?, 0, 0, 0, ?, 0)', [
    randomUUID(),
    nextEvent,
    nextOf('run'),
    nextOf('process'),
    '',
  ]);
  if (nextEvent === 1) return;
  const first = connection.number('SELECT min(id) FROM event') as number;
  connection.run('INSERT INTO insertion VALUES (?, 0)', [first]);
  rollUp(connection, first, nextEvent - 1);
}

/** One step from a version to the next, in a transaction. */
export type Migration = string | ((database: SqlDatabase) => void);

/** What leads from each version to the next; version 0 is an empty file. */
export const MIGRATIONS: readonly Migration[] = [
  VERSION_1,
  toVersion2,
  VERSION_3,
  VERSION_4,
  VERSION_5,
];

/** The version of this release, in `PRAGMA user_version`. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** The oldest version that can be read without being changed. */
export const SCHEMA_VERSION_READ_MIN = 1;

/**
 * Under what an event is found by its request: the number of its block of events, and a hash (FNV-1a)
 * of the id.
 */
export function requestKey(id: number, requestId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < requestId.length; i++) {
    hash = Math.imul(hash ^ requestId.charCodeAt(i), 0x01000193);
  }
  return Math.floor(id / REQUEST_BLOCK) * 2 ** 32 + (hash >>> 0);
}
