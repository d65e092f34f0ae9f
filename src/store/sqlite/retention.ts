import { statSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PurgeOptions, PurgeResult } from '../event-store.js';
import type { Connection } from './connection.js';
import { wallMicros, wallText } from './wall-text.js';

/** Rows of one transaction: about 2 ms, measured, 10 with a checkpoint; what waits for the lock waits no longer. */
export const PURGE_STEP_ROWS = 500;
/** Pages given back in one transaction. */
const VACUUM_STEP_PAGES = 128;
/** Names looked at in one transaction. */
const NAME_STEP = 1000;
/** Freed pages that stay for what is appended next: giving them back to take them again costs twice. */
const FREE_SHARE_MAX = 1 / 8;

const NANOS_PER_MILLI = 1_000_000n;

/** Where the connection is; another one after the database was replaced. */
type Current = () => Connection | undefined;

/**
 * Removes what is older, then names that nothing has any more, and gives space back. Each step is a
 * transaction of its own; in between others have their turn.
 */
export async function purgeOlder(
  current: Current,
  olderThanMs: number,
  { budgetMs = Number.POSITIVE_INFINITY }: PurgeOptions,
): Promise<PurgeResult> {
  const end = performance.now() + budgetMs;
  const ts = wallText(wallMicros(BigInt(Math.round(Date.now() - olderThanMs)) * NANOS_PER_MILLI));
  let removed = 0;
  for (const step of purgeSteps(current, ts)) {
    removed += step;
    if (performance.now() >= end) return { removed, isDone: false };
    await nextTurn();
  }
  return { removed, isDone: true };
}

/** Each value is what one transaction removed of the events. */
function* purgeSteps(current: Current, ts: string): Generator<number, void, undefined> {
  const run = (sql: string, values: (string | number)[]): number | undefined =>
    current()?.run(sql, values);
  for (let removed: number | undefined = PURGE_STEP_ROWS; removed === PURGE_STEP_ROWS; ) {
    removed = run(
      `DELETE FROM event WHERE id IN (SELECT id FROM event INDEXED BY event_time
       WHERE ts < ? ORDER BY ts LIMIT ${PURGE_STEP_ROWS})`,
      [ts],
    );
    yield removed ?? 0;
  }
  for (const table of ['run', 'process']) {
    const last = current()?.number(`SELECT max(id) FROM ${table}`) ?? 0;
    for (let id = 0; id < last; id += NAME_STEP) {
      run(
        `DELETE FROM ${table} WHERE id > ? AND id <= ?
         AND NOT EXISTS (SELECT 1 FROM event WHERE event.${table} = ${table}.id)`,
        [id, id + NAME_STEP],
      );
      yield 0;
    }
  }
  while (giveBackPages(current())) yield 0;
}

/** @returns whether there is more to give back. */
function giveBackPages(connection: Connection | undefined): boolean {
  if (connection === undefined) return false;
  const free = connection.number('PRAGMA freelist_count') as number;
  const pages = connection.number('PRAGMA page_count') as number;
  if (free <= Math.ceil(pages * FREE_SHARE_MAX)) return false;
  connection.database.exec(`PRAGMA incremental_vacuum(${VACUUM_STEP_PAGES})`);
  return (connection.number('PRAGMA freelist_count') as number) < free;
}

/** The size of the write-ahead log, bytes. */
export function walBytesOf(path: string): number {
  try {
    return statSync(`${path}-wal`).size;
  } catch {
    return 0;
  }
}

/**
 * Takes the log into the database as far as readers let it.
 *
 * @returns what is left in the log that a reader still needs, bytes.
 */
export function checkpoint(connection: Connection): number {
  const row = connection.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
  const pages = Number(row?.log) - Number(row?.checkpointed);
  return Math.max(0, pages) * (connection.number('PRAGMA page_size') as number);
}
