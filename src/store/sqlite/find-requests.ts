import { setImmediate as nextTurn } from 'node:timers/promises';
import { SEVERITIES, type Severity } from '../../event/severity.js';
import type { CheckedQuery } from '../check-query.js';
import type { RequestPage, RequestSummary, StoreFilter } from '../event-store.js';
import type { Connection } from './connection.js';
import { findPage, isEarlier, type Key, readCursor, writeCursor } from './find-events.js';
import { planOf } from './query-plan.js';
import { readWallText } from './wall-text.js';

/** Events read at once, and at most for a page. */
const STEP_EVENTS = 250;
const EVENTS_MAX = 10_000;

/**
 * Requests by their newest matching event. Goes through the matching events from there, and leaves out the
 * requests whose newest one is before the page: those were on a page before.
 */
export async function findRequests(
  connection: Connection,
  query: CheckedQuery,
): Promise<RequestPage> {
  const { filter, limit } = query;
  const start = query.cursor === undefined ? undefined : readCursor(query, query.cursor);
  const plan = planOf(connection, { filter });
  const seen = new Set<string>(['']);
  const requests: RequestSummary[] = [];
  let last = start;
  for (let examined = 0; examined < EVENTS_MAX; examined += STEP_EVENTS) {
    const step = { limit: STEP_EVENTS, order: 'newest' as const };
    const { found, next } = await findPage(connection, plan, step, last);
    for (const { key, event: stored } of found) {
      const { requestId } = stored.event;
      if (!seen.has(requestId)) {
        if (requests.length === limit) return { requests, next: last && writeCursor(query, last) };
        seen.add(requestId);
        if (start === undefined || !(await wasBefore(connection, filter, requestId, start))) {
          const summary = summarize(connection, requestId);
          if (summary !== undefined) requests.push(summary);
        }
      }
      last = key;
    }
    if (next === undefined) return { requests, next: undefined };
    last = next;
    await nextTurn();
  }
  return { requests, next: last && writeCursor(query, last) };
}

/** Whether a request has a matching event before `start` in the order of pages, or at it. */
async function wasBefore(
  connection: Connection,
  filter: StoreFilter,
  requestId: string,
  start: Key,
): Promise<boolean> {
  const plan = planOf(connection, { filter: { ...filter, requestId } });
  const { found } = await findPage(connection, plan, { limit: 1, order: 'newest' }, undefined);
  const newest = found[0]?.key;
  return newest !== undefined && !isEarlier(newest, start);
}

function summarize(connection: Connection, requestId: string): RequestSummary | undefined {
  const [stream] = planOf(connection, { filter: { requestId } }).streams;
  if (stream === undefined) return undefined;
  const rows = connection.all(
    `${stream.with} SELECT count(*) AS events, sum(e.status = 'ERR') AS errors,
       max(e.severity) AS severity, min(e.ts) AS first, max(e.ts) AS last,
       min(e.timestamp_ns) AS start, max(e.timestamp_ns + max(e.duration_ns, 0)) AS end,
       (SELECT r.run FROM run r WHERE r.id = e.run) AS run
     FROM ${stream.from} WHERE ${stream.indexed.sql} GROUP BY e.run`,
    [...stream.withValues, ...stream.indexed.values],
  );
  if (rows.length === 0) return undefined;
  // Each run has a steady clock of its own; its wall time begins with the first event.
  const runs = rows.map((row) => {
    const firstWallNs = readWallText(row.first as string);
    return {
      firstWallNs,
      lastWallNs: readWallText(row.last as string),
      endWallNs: firstWallNs + integerOf(row.end) - integerOf(row.start),
      events: Number(row.events),
      errors: Number(row.errors),
      severity: Number(row.severity),
      run: row.run as string,
    };
  });
  const sum = (key: 'events' | 'errors') => runs.reduce((total, run) => total + run[key], 0);
  const sorted = (key: 'firstWallNs' | 'lastWallNs' | 'endWallNs') =>
    runs.map((run) => run[key]).sort((a, b) => (a < b ? -1 : 1));
  const [firstWallNs] = sorted('firstWallNs') as [bigint];
  const rank = Math.max(...runs.map((run) => run.severity));
  return {
    requestId,
    firstWallNs,
    lastWallNs: sorted('lastWallNs').at(-1) as bigint,
    durationNs: (sorted('endWallNs').at(-1) as bigint) - firstWallNs,
    events: sum('events'),
    errors: sum('errors'),
    worstSeverity: SEVERITIES[rank] as Severity,
    runs: runs.map(({ run }) => run),
  };
}

/** A sum beyond int64 comes as a double. */
const integerOf = (value: unknown): bigint =>
  typeof value === 'bigint' ? value : BigInt(Math.round(value as number));
