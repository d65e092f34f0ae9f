import type { WallRange } from '../event-store.js';
import { type MicroSpan, spanOf } from '../wall-micros.js';
import type { Connection } from './connection.js';
import { ALL_PROCESSES, MINUTE_MICROS } from './rollup.js';
import { wallText } from './wall-text.js';

/** A span of time as the rollup has it: whole minutes, and what is left of the minutes at its ends. */
export interface Parts {
  /** None when `last` is before `first`. */
  readonly minutes: { readonly first: number; readonly last: number };
  readonly edges: readonly MicroSpan[];
}

/** @param range ends that it does not have are in whole minutes. */
export function partsOf(range: WallRange): Parts {
  const { fromMicros, toMicros } = spanOf(range);
  const first =
    range.from === undefined ? minuteOf(fromMicros) : Math.ceil(fromMicros / MINUTE_MICROS);
  const last = range.to === undefined ? minuteOf(toMicros) : minuteOf(toMicros + 1) - 1;
  if (first > last) {
    return { minutes: { first, last }, edges: [{ fromMicros, toMicros }] };
  }
  const edges: MicroSpan[] = [];
  const start = first * MINUTE_MICROS;
  const end = (last + 1) * MINUTE_MICROS;
  if (fromMicros < start) edges.push({ fromMicros, toMicros: start - 1 });
  if (toMicros >= end) edges.push({ fromMicros: end, toMicros });
  return { minutes: { first, last }, edges };
}

const minuteOf = (micros: number): number => Math.floor(micros / MINUTE_MICROS);

/** Counts of a span that the rollup does not know. */
export function countSpan(
  connection: Connection,
  { fromMicros, toMicros }: MicroSpan,
): { events: number; errors: number } {
  const values = [wallText(fromMicros), wallText(toMicros)];
  const count = (index: string, more: string): number =>
    connection.number(
      `SELECT count(*) FROM event e INDEXED BY ${index} WHERE e.ts >= ? AND e.ts <= ? ${more}`,
      values,
    ) as number;
  return { events: count('event_time', ''), errors: count('event_error', "AND e.status = 'ERR'") };
}

/**
 * The rows of one process, or of all, by minute. It goes from one minute that there is to the next, past the
 * rows of other processes, and past time in which there was nothing.
 */
export function rollupRows(
  connection: Connection,
  { first, last }: Parts['minutes'],
  process = ALL_PROCESSES,
): Record<string, unknown>[] {
  return connection.all(
    `WITH RECURSIVE m(minute) AS (
       SELECT min(minute) FROM rollup WHERE minute >= ?
       UNION ALL
       SELECT (SELECT min(minute) FROM rollup WHERE minute > m.minute) FROM m WHERE m.minute < ?)
     SELECT r.minute, r.events, r.errors, r.histogram
     FROM m CROSS JOIN rollup r ON r.minute = m.minute AND r.process = ? WHERE m.minute <= ?`,
    [first, last, process, last],
  );
}
