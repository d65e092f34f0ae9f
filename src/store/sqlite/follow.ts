import type { FollowerLease, FollowerState, FollowPage, StoreFilter } from '../event-store.js';
import type { StorePosition } from '../position.js';
import type { Connection } from './connection.js';
import { JOINED, readValues, SELECTED } from './event-row.js';
import { conditionOf } from './filter-sql.js';
import { readState, writeState } from './store-state.js';

/** Events that a page with a filter looks at: some 20 ms when none matches. */
export const FOLLOWED_MAX = 20_000;

/** The position after everything that there is. */
export function endOf(connection: Connection): StorePosition {
  const [state] = connection.all('SELECT uuid, next_event FROM store');
  // An older release that appends does not keep the counter.
  const newest = connection.number('SELECT max(id) FROM event') ?? 0;
  return {
    database: state?.uuid as string,
    number: Math.max(newest, Number(state?.next_event) - 1),
  };
}

/**
 * Events by their ids, which grow in the order of commits: an id is given in a transaction that holds the
 * write lock, so nothing with a smaller one appears later.
 */
export function followFrom(
  connection: Connection,
  position: StorePosition | undefined,
  filter: StoreFilter,
  limit: number,
): FollowPage {
  const { database, number: last } = endOf(connection);
  if (position !== undefined && (position.database !== database || position.number > last)) {
    const start = { database, number: 0 };
    return { events: [], numbers: [], position: start, isEnd: false, isReset: true, hasGap: false };
  }
  const from = position?.number ?? 0;
  const { sql, values } = conditionOf(filter);
  // Not through ids that were purged.
  const first = connection.number('SELECT min(id) FROM event') ?? last;
  const to = sql === '' ? last : Math.min(last, Math.max(from, first - 1) + FOLLOWED_MAX);
  const rows = connection.rows(
    `SELECT ${SELECTED} FROM event e ${JOINED} WHERE e.id > ? AND e.id <= ?
     ${sql === '' ? '' : `AND ${sql}`} ORDER BY e.id LIMIT ?`,
    [from, to, ...values, limit],
  );
  const number = rows.length === limit ? Number(rows.at(-1)?.[0]) : Math.max(from, to);
  return {
    events: rows.map(readValues),
    numbers: rows.map(([id]) => Number(id)),
    position: { database, number },
    isEnd: number >= last,
    isReset: false,
    hasGap:
      position !== undefined && from < (connection.number('SELECT purged_to FROM store') as number),
  };
}

/** See {@link EventStore.lease}. */
export function leaseOf(
  connection: Connection,
  { name, holder, forMs, position }: FollowerLease,
): FollowerState {
  return connection.transaction(() => {
    const state = readState(connection);
    // The clock of the store goes on also when nothing is appended.
    writeState(connection, state, state.nextEvent);
    const [row] = connection.all('SELECT position, holder, until_ms FROM follower WHERE name = ?', [
      name,
    ]);
    const { database, number: last } = endOf(connection);
    // A position of another database, or past the end of this one, is its start.
    const placed = (number: number, isHere = true): StorePosition => ({
      database,
      number: isHere && number <= last ? number : 0,
    });
    const kept = placed(Number(row?.position ?? 0));
    if (row !== undefined && row.holder !== holder && Number(row.until_ms) > state.nowMs) {
      return { position: kept, isHeld: false };
    }
    const next = position ? placed(position.number, position.database === database) : kept;
    connection.run('INSERT OR REPLACE INTO follower VALUES (?, ?, ?, ?)', [
      name,
      next.number,
      holder,
      state.nowMs + forMs,
    ]);
    return { position: next, isHeld: true };
  });
}
