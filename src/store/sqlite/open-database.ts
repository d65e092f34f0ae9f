import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TraceError } from '../../errors.js';
import { messageOf } from '../../thrown.js';
import { Connection } from './connection.js';
import { DatabaseFiles, fileIdOf, LOG_KEPT_BYTES } from './database-files.js';
import {
  APPLICATION_ID,
  FOREIGN_VERSION,
  MIGRATIONS,
  type Migration,
  NOTHING_FOREIGN,
  SCHEMA_VERSION,
  SCHEMA_VERSION_READ_MIN,
} from './schema.js';
import { loadDriver, resultCode, SQLITE, type SqlDatabase } from './sqlite-driver.js';

/** Beyond this only the ends of each tree are looked at: a whole check reads the whole file. */
const CHECKED_BYTES_MAX = 16 * 2 ** 20;
/** How long another writer may hold the lock before a batch is given back to the caller. */
const BUSY_TIMEOUT_MS = 1000;
/** 8 KiB holds about 25 rows; measured a fifth faster than 4 KiB, and no slower than 16. */
const PAGE_BYTES = 8192;
const CACHE_KIB = 64 * 1024;
/**
 * 56 MiB. Between appends it is taken into the database earlier, see {@link SqliteStore}; this is for
 * whoever appends without ever letting others have their turn.
 */
const CHECKPOINT_PAGES = LOG_KEPT_BYTES / PAGE_BYTES;

/** Why a database cannot be used as it is, though nothing is wrong with the disk. */
export class UnusableDatabase extends Error {
  readonly reason: 'newer' | 'corrupt';
  /** Which file it was: by now the path may name another one. */
  fileId: string | undefined;

  constructor(reason: 'newer' | 'corrupt', message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Whether an error says that the file is damaged or no database. */
export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  if (code === SQLITE.corrupt || code === SQLITE.notADatabase) return true;
  return (error as { errcode?: unknown })?.errcode === SQLITE.shortRead;
}

/** Turns what went wrong into the error of the interface. */
export function storeError(path: string, doing: string, cause: unknown): TraceError {
  if (cause instanceof TraceError) return cause;
  return new TraceError('ERR_TRACE_STORE', `${path} could not be ${doing}: ${messageOf(cause)}`, {
    cause,
  });
}

/**
 * Opens the database, made or brought to this version if need be.
 *
 * @throws UnusableDatabase when it has to be set aside; TraceError `ERR_TRACE_STORE`, `ERR_TRACE_PEER`.
 */
export async function openDatabase(path: string): Promise<Connection> {
  const { DatabaseSync } = await loadDriver();
  let database: SqlDatabase | undefined;
  let fileId: string | undefined;
  try {
    createFile(path);
    fileId = fileIdOf(path);
    database = new DatabaseSync(path);
    prepareDatabase(database, path);
    const files = new DatabaseFiles(path);
    files.tampering(); // learns which files its logs are
    return new Connection(database, files);
  } catch (error) {
    database?.close();
    const unusable = isDamage(error)
      ? new UnusableDatabase('corrupt', messageOf(error), { cause: error })
      : error;
    if (!(unusable instanceof UnusableDatabase)) throw storeError(path, 'opened', error);
    unusable.fileId = fileId;
    throw unusable;
  }
}

/**
 * Opens an existing database for reading, also where its folder may not be written.
 *
 * @throws TraceError `ERR_TRACE_FILE`, `ERR_TRACE_FORMAT` when it is not one of this release.
 */
export async function openForReading(path: string): Promise<Connection> {
  try {
    return await connectForReading(path, path);
  } catch (cause) {
    if (isFolderInTheWay(cause) && existsSync(path)) return connectWithoutLog(path);
    throw unreadable(path, cause);
  }
}

/** `source` is what SQLite is told: the path, or a URL with parameters. */
async function connectForReading(path: string, source: string | URL): Promise<Connection> {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(source, { readOnly: true });
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const { applicationId, version } = identityOf(database);
    const isKnown = version >= SCHEMA_VERSION_READ_MIN && version <= SCHEMA_VERSION;
    if (applicationId !== APPLICATION_ID || !isKnown) {
      const found =
        applicationId === APPLICATION_ID ? `schema version ${version}` : 'that of another program';
      throw new TraceError(
        'ERR_TRACE_FORMAT',
        `${path}: expected an aegis-trace database of schema version ${SCHEMA_VERSION_READ_MIN} to ${SCHEMA_VERSION}; got ${found}`,
      );
    }
    if (version < FOREIGN_VERSION) {
      database.exec(`PRAGMA temp_store = MEMORY; ${NOTHING_FOREIGN}`);
    }
    return new Connection(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Reading a database with a log takes a file beside it, which a folder may not allow. */
function isFolderInTheWay(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE.cannotOpen || code === SQLITE.readOnly;
}

/** Without a log nobody has the database open, so that it cannot change while it is read. */
async function connectWithoutLog(path: string): Promise<Connection> {
  const log = `${path}-wal`;
  const bytes = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > 0) {
    throw new TraceError(
      'ERR_TRACE_FILE',
      `${path} could not be read: ${bytes} bytes of it are in its log, ${log}, which takes a file beside ` +
        'it to be read, and the folder may not be written: copy the database and the log to another folder',
    );
  }
  const url = pathToFileURL(path);
  url.search = '?immutable=1';
  try {
    return await connectForReading(path, url);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): TraceError {
  if (cause instanceof TraceError) return cause;
  const code = isDamage(cause) ? 'ERR_TRACE_FORMAT' : 'ERR_TRACE_FILE';
  return new TraceError(code, `${path} could not be read: ${messageOf(cause)}`, { cause });
}

/** Only its owner may read it: traces say what a program worked on. SQLite's other files follow it. */
function createFile(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  closeSync(openSync(path, 'a', 0o600));
}

function identityOf(database: SqlDatabase): { applicationId: number; version: number } {
  const applicationId = database.prepare('PRAGMA application_id').get()?.application_id;
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  return { applicationId: Number(applicationId), version: Number(version) };
}

function prepareDatabase(database: SqlDatabase, path: string): void {
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const { applicationId, version } = identityOf(database);
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!isEmpty && applicationId !== APPLICATION_ID) {
    throw new TraceError(
      'ERR_TRACE_STORE',
      `${path} is the database of another program, and left as it is`,
    );
  }
  if (version > SCHEMA_VERSION) {
    const message = `its schema version is ${version}, this release knows ${SCHEMA_VERSION}`;
    throw new UnusableDatabase('newer', message);
  }
  if (isEmpty) database.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL`);
  else checkDatabase(database, path);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(
    `PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB};` +
      `PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};` +
      `PRAGMA journal_size_limit = ${LOG_KEPT_BYTES}`,
  );
  migrate(database, MIGRATIONS);
}

/**
 * Takes the database step by step to the newest version, in one transaction.
 *
 * @internal
 */
export function migrate(database: SqlDatabase, migrations: readonly Migration[]): void {
  if (identityOf(database).version === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have done it while this one waited for the lock.
    const { version } = identityOf(database);
    for (const step of migrations.slice(version)) {
      if (typeof step === 'string') database.exec(step);
      else step(database);
    }
    if (version < migrations.length) {
      database.exec(`PRAGMA user_version = ${migrations.length}`);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** Finds damage in a time that does not grow with the file; what it misses is found when it is reached. */
function checkDatabase(database: SqlDatabase, path: string): void {
  if (statSync(path).size <= CHECKED_BYTES_MAX) {
    const row = database.prepare('PRAGMA quick_check(1)').get();
    if (row?.quick_check === 'ok') return;
    throw new UnusableDatabase('corrupt', String(row?.quick_check));
  }
  for (const index of ['event_place', 'event_time', 'event_process']) {
    const columns =
      index === 'event_place' ? 'run, place' : index === 'event_time' ? 'ts' : 'process';
    for (const end of ['ASC', 'DESC']) {
      const order = columns.replaceAll(/\w+/g, (name) => `${name} ${end}`);
      const sql = `SELECT * FROM event INDEXED BY ${index} ORDER BY ${order} LIMIT 1`;
      const statement = database.prepare(sql);
      // A steady clock is above 2^53 ns when a machine has been up for 104 days.
      statement.setReadBigInts(true);
      statement.get();
    }
  }
}
