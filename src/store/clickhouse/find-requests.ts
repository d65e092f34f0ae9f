import { SEVERITIES, type Severity } from '../../event/severity.js';
import type { CheckedQuery } from '../check-query.js';
import type { RequestPage, RequestSummary } from '../event-store.js';
import { readQueryCursor, writeQueryCursor } from '../query-cursor.js';
import { and, conditionsOf } from './filter-sql.js';
import { type Asked, FIRST_WINDOW_US, WINDOW_FACTOR } from './find-events.js';
import { listOf, quoted } from './literals.js';

interface FoundRequest {
  readonly request_id: string;
  /** Of its newest matching event, microseconds. */
  readonly newest: string;
}

/** One line a request, by its newest matching event. */
export async function findRequests(asked: Asked, query: CheckedQuery): Promise<RequestPage> {
  const { limit, cursor } = query;
  const found = await newestRequests(asked, query, cursor);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const requests = await summariesOf(
    asked,
    page.map(({ request_id: id }) => id),
  );
  const next =
    found.length > limit && last !== undefined
      ? writeQueryCursor(query, [last.newest, last.request_id])
      : undefined;
  return { requests, next };
}

async function newestRequests(
  { connection, visible, boundsOf }: Asked,
  query: CheckedQuery,
  cursor: string | undefined,
): Promise<FoundRequest[]> {
  const bounds = await boundsOf();
  if (bounds === undefined) return [];
  const [wall, id] =
    cursor === undefined ? [] : readQueryCursor(query, cursor, [/^-?\d{1,16}$/, /^.*$/s]);
  const having = wall === undefined ? '1' : `(newest, request_id) < (${wall}, ${quoted(id ?? '')})`;
  const conditions = [visible, "request_id != ''", ...conditionsOf(query.filter)];
  const { to } = query.filter;
  const end = Math.min(bounds.last, Number(wall ?? (to === undefined ? bounds.last : to / 1_000n)));
  for (let width = FIRST_WINDOW_US; ; width *= WINDOW_FACTOR) {
    // Whatever the newest of a request is, it is known when all that is newer than the window's edge was looked at.
    const edge = end - width;
    const isLast = edge <= bounds.first;
    const window = isLast ? [] : [`wall_us >= ${edge}`];
    const found = await connection.rows<FoundRequest>(
      'find requests',
      `SELECT request_id, max(wall_us) AS newest FROM event WHERE ${and([...conditions, ...window])}
       GROUP BY request_id HAVING ${having} ORDER BY newest DESC, request_id DESC LIMIT ${query.limit + 1}`,
    );
    if (isLast || found.length > query.limit) return found;
  }
}

interface RunPart {
  readonly request_id: string;
  readonly run: string;
  readonly events: string;
  readonly errors: string;
  readonly worst: number;
  readonly first: string;
  readonly last: string;
  readonly start: string;
  readonly end: string;
}

/** In the order of the ids. */
async function summariesOf(
  { connection, visible }: Asked,
  ids: readonly string[],
): Promise<RequestSummary[]> {
  if (ids.length === 0) return [];
  const [span] = await connection.rows<Record<'first' | 'last', string>>(
    'find requests',
    `SELECT min(from_us) AS first, max(to_us) AS last FROM request WHERE request_id IN (${listOf(ids)})`,
  );
  const within = [`wall_us >= ${span?.first}`, `wall_us <= ${span?.last}`];
  const parts = await connection.rows<RunPart>(
    'sum requests up',
    `SELECT request_id, run, count() AS events, sum(severity >= 2) AS errors, max(severity) AS worst,
       min(wall_us) AS first, max(wall_us) AS last, min(timestamp_ns) AS start,
       max(timestamp_ns + greatest(duration_ns, 0)) AS end
     FROM event WHERE ${and([visible, ...within, `request_id IN (${listOf(ids)})`])}
     GROUP BY request_id, run`,
  );
  return ids.flatMap((id) => {
    const own = parts.filter(({ request_id: of }) => of === id);
    return own.length === 0 ? [] : [summaryOf(id, own)];
  });
}

/** Each run has a steady clock of its own; its wall time begins with the first event. */
function summaryOf(requestId: string, parts: readonly RunPart[]): RequestSummary {
  const largest = (values: readonly bigint[]): bigint =>
    values.toSorted((a, b) => (a < b ? -1 : 1)).at(-1) as bigint;
  const sum = (key: 'events' | 'errors'): number =>
    parts.reduce((total, part) => total + Number(part[key]), 0);
  const firstWallNs = -largest(parts.map(({ first }) => -BigInt(first) * 1_000n));
  const ends = parts.map(
    ({ first, start, end }) => BigInt(first) * 1_000n + BigInt(end) - BigInt(start),
  );
  return {
    requestId,
    firstWallNs,
    lastWallNs: largest(parts.map(({ last }) => BigInt(last) * 1_000n)),
    durationNs: largest(ends) - firstWallNs,
    events: sum('events'),
    errors: sum('errors'),
    worstSeverity: SEVERITIES[Math.max(...parts.map(({ worst }) => worst))] as Severity,
    runs: parts.map(({ run }) => run),
  };
}
