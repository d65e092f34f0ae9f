import type { CallEdge, CallGraph, WallRange } from '../event-store.js';
import { and, rangeOf } from './filter-sql.js';
import type { Asked } from './find-events.js';
import { listOf } from './literals.js';

/** Events looked at, the newest first, as of every store. */
const EDGE_EVENTS_MAX = 50_000;
/** Callers that are looked up together. */
const IDS_MAX = 10_000;

interface Row {
  readonly event_id: string;
  readonly process: string;
  readonly is_error: number;
  readonly wall_us: string;
  readonly request_id: string;
  readonly parent: string;
}

/** Who calls whom, from the `parent_event_id` that monitor() records; a caller before the span is looked for in its request. */
export async function findEdges(asked: Asked, range: WallRange): Promise<CallGraph> {
  const { connection, visible } = asked;
  const rows = await connection.rows<Row>(
    'find calls',
    `SELECT event_id, process, severity >= 2 AS is_error, wall_us, request_id,
       attr_values[indexOf(attr_keys, 'parent_event_id')] AS parent
     FROM event WHERE ${and([visible, ...rangeOf(range)])}
     ORDER BY wall_us DESC, run DESC, lane DESC, sequence DESC LIMIT ${EDGE_EVENTS_MAX + 1}`,
  );
  const isExact = rows.length <= EDGE_EVENTS_MAX;
  rows.length = Math.min(rows.length, EDGE_EVENTS_MAX);
  const processes = new Map(rows.map(({ event_id: id, process }) => [id, process]));
  const calls = rows.filter(({ parent }) => parent !== '');
  await findCallers(asked, calls, processes);
  return { edges: edgesOf(calls, processes), isExact };
}

async function findCallers(
  { connection, visible }: Asked,
  calls: readonly Row[],
  processes: Map<string, string>,
): Promise<void> {
  const open = calls.filter(({ parent, request_id: id }) => id !== '' && !processes.has(parent));
  for (let first = 0; first < open.length; first += IDS_MAX) {
    const some = open.slice(first, first + IDS_MAX);
    const requests = new Set(some.map(({ request_id: id }) => id));
    const parents = new Set(some.map(({ parent }) => parent));
    const rows = await connection.rows<Pick<Row, 'event_id' | 'process'>>(
      'find callers',
      `SELECT event_id, process FROM event WHERE ${and([
        visible,
        `request_id IN (${listOf(requests)})`,
        `event_id IN (${listOf(parents)})`,
      ])}`,
    );
    for (const { event_id: id, process } of rows) processes.set(id, process);
  }
}

function edgesOf(calls: readonly Row[], processes: ReadonlyMap<string, string>): CallEdge[] {
  const edges = new Map<string, CallEdge>();
  for (const { parent, process: callee, is_error: isError, wall_us: wall } of calls) {
    const caller = processes.get(parent);
    // Never recorded, or purged.
    if (caller === undefined) continue;
    const key = `${caller}\0${callee}`;
    const known = edges.get(key);
    const wallNs = BigInt(wall) * 1_000n;
    edges.set(key, {
      caller,
      callee,
      calls: (known?.calls ?? 0) + 1,
      errors: (known?.errors ?? 0) + Number(isError),
      lastWallNs: known !== undefined && known.lastWallNs > wallNs ? known.lastWallNs : wallNs,
    });
  }
  return [...edges].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, edge]) => edge);
}
