import { objectWith, optionalText } from '../arguments.js';
import { expected } from '../errors.js';
import { warn } from '../warnings.js';

/** Something that happened to the store by itself. */
export interface StoreNotice {
  /**
   * `AEGIS_STORE_REPLACED`: the database could not be used any more, and a new one took its place;
   * `AEGIS_STORE_LOG`: the write-ahead log was removed by another program, and made anew;
   * `AEGIS_STORE_WAL`: the write-ahead log is over 64 MB and cannot shrink, because of a reader;
   * `AEGIS_STORE_ARCHIVE`: the archive cannot take what is due to be purged, which stays; once a minute.
   */
  readonly code:
    | 'AEGIS_STORE_REPLACED'
    | 'AEGIS_STORE_LOG'
    | 'AEGIS_STORE_WAL'
    | 'AEGIS_STORE_ARCHIVE';
  readonly message: string;
  /** Where the old database is now; undefined when there was none left. */
  readonly path?: string | undefined;
}

/** Options of {@link SqliteStore.open}. */
export interface StoreOptions {
  /** The database. Default: `logs/observability.db`; made with its folder, for its owner only. */
  path?: string | undefined;
  /** What is older is purged: milliseconds, at least 1 000. Default: 6 h. */
  retentionMs?: number | undefined;
  /**
   * A folder for what is purged: a database for each day, by UTC, compressed with gzip when the day is over. Default:
   * none.
   */
  archive?: string | undefined;
  /** Default: `process.emitWarning`. */
  onNotice?: ((notice: StoreNotice) => void) | undefined;
}

/** {@link StoreOptions} with nothing left out. */
export interface CheckedStoreOptions {
  readonly path: string;
  readonly retentionMs: number;
  readonly archive: string | undefined;
  readonly onNotice: (notice: StoreNotice) => void;
}

export const DATABASE_PATH_DEFAULT = 'logs/observability.db';
export const RETENTION_DEFAULT_MS = 6 * 3_600_000;
export const RETENTION_MIN_MS = 1000;

/** @throws TraceError `ERR_TRACE_OPTION`. */
export function checkOptions(options: StoreOptions): CheckedStoreOptions {
  objectWith(options, 'options', ['path', 'retentionMs', 'archive', 'onNotice']);
  const {
    path = DATABASE_PATH_DEFAULT,
    retentionMs = RETENTION_DEFAULT_MS,
    onNotice = emit,
  } = options;
  // SQLite takes these for databases that are no files.
  if (typeof path !== 'string' || path === '' || path.startsWith(':') || path.startsWith('file:')) {
    throw expected('ERR_TRACE_OPTION', 'path', 'the path of a file', path);
  }
  checkAge('retentionMs', retentionMs, RETENTION_MIN_MS);
  if (typeof onNotice !== 'function') {
    throw expected('ERR_TRACE_OPTION', 'onNotice', 'a function', onNotice);
  }
  return { path, retentionMs, archive: optionalText(options.archive, 'archive'), onNotice };
}

/** @throws TraceError `ERR_TRACE_OPTION`. */
export function checkAge(name: string, value: unknown, min: number): void {
  if (typeof value === 'number' && value >= min && value <= Number.MAX_SAFE_INTEGER) return;
  throw expected('ERR_TRACE_OPTION', name, `milliseconds, at least ${min}`, value);
}

function emit({ code, message }: StoreNotice): void {
  warn(code, message);
}
