import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallEdge, CallGraph, WallRange } from '../event-store.js';
import type { Connection } from './connection.js';
import { textOf } from './event-row.js';
import { rangeOf } from './filter-sql.js';
import type { Key } from './find-events.js';
import { planOf } from './query-plan.js';
import { readWallText } from './wall-text.js';

/** Events looked at, the newest first: 5 µs each, measured. */
export const EDGE_EVENTS_MAX = 50_000;
const STEP_ROWS = 2_500;
/** Requests looked at for callers that began before the span. */
const REQUESTS_MAX = 1_000;

/** A call whose caller is yet to be found. */
interface OpenCall {
  readonly callee: number;
  readonly isError: boolean;
  readonly ts: string;
  readonly parent: string;
  readonly requestId: string;
}

interface Edge {
  readonly caller: number;
  readonly callee: number;
  calls: number;
  errors: number;
  last: string;
}

/**
 * Who calls whom, from the `parent_event_id` that monitor() records. A caller began before what it called,
 * so it is met later on the way back in time; what began before the span is looked for in the request.
 */
export async function findEdges(connection: Connection, range: WallRange): Promise<CallGraph> {
  const processes = new Map<string, number>();
  const calls: OpenCall[] = [];
  let from: Key | undefined;
  let isExact = true;
  for (let examined = 0; ; examined += STEP_ROWS) {
    if (examined >= EDGE_EVENTS_MAX) {
      isExact = false;
      break;
    }
    const rows = readStep(connection, range, from);
    for (const row of rows) {
      processes.set(row.event_id as string, Number(row.process));
      if (typeof row.parent !== 'string') continue;
      calls.push({
        callee: Number(row.process),
        isError: row.status === 'ERR',
        ts: row.ts as string,
        parent: row.parent,
        requestId: textOf(row.request_id),
      });
    }
    const end = rows.at(-1);
    if (end === undefined || rows.length < STEP_ROWS) break;
    from = { ts: end.ts as string, id: Number(end.id) };
    await nextTurn();
  }
  const searched = await findCallers(connection, calls, processes);
  return { edges: edgesOf(connection, calls, processes), isExact: isExact && searched };
}

function readStep(
  connection: Connection,
  range: WallRange,
  after: Key | undefined,
): Record<string, unknown>[] {
  const conditions = rangeOf(range);
  if (after !== undefined) {
    conditions.push({
      sql: 'e.ts <= ? AND (e.ts, e.id) < (?, ?)',
      values: [after.ts, after.ts, after.id],
    });
  }
  const where = conditions.map(({ sql }) => `AND ${sql}`).join(' ');
  return connection.all(
    `SELECT e.id, e.ts, e.event_id, e.process, e.status, e.request_id,
       CASE WHEN instr(e.attributes, 'parent_event_id')
         THEN json_extract(e.attributes, '$.parent_event_id') END AS parent
     FROM event e INDEXED BY event_time WHERE true ${where}
     ORDER BY e.ts DESC, e.id DESC LIMIT ${STEP_ROWS}`,
    conditions.flatMap(({ values }) => values),
  );
}

/** @returns whether all were looked for. */
async function findCallers(
  connection: Connection,
  calls: readonly OpenCall[],
  processes: Map<string, number>,
): Promise<boolean> {
  const isOpen = ({ parent, requestId }: OpenCall) => requestId !== '' && !processes.has(parent);
  const requests = [...new Set(calls.filter(isOpen).map(({ requestId }) => requestId))];
  for (const [index, requestId] of requests.slice(0, REQUESTS_MAX).entries()) {
    const [stream] = planOf(connection, { filter: { requestId } }).streams;
    if (stream === undefined) continue;
    const rows = connection.all(
      `${stream.with} SELECT e.event_id, e.process FROM ${stream.from} WHERE ${stream.indexed.sql}`,
      [...stream.withValues, ...stream.indexed.values],
    );
    for (const row of rows) processes.set(row.event_id as string, Number(row.process));
    if (index % 50 === 49) await nextTurn();
  }
  return requests.length <= REQUESTS_MAX;
}

function edgesOf(
  connection: Connection,
  calls: readonly OpenCall[],
  processes: ReadonlyMap<string, number>,
): CallEdge[] {
  const edges = new Map<string, Edge>();
  for (const { callee, isError, ts, parent } of calls) {
    const caller = processes.get(parent);
    // Never recorded, or purged.
    if (caller === undefined) continue;
    const key = `${caller} ${callee}`;
    const edge = edges.get(key) ?? { caller, callee, calls: 0, errors: 0, last: ts };
    edge.calls++;
    if (isError) edge.errors++;
    if (ts > edge.last) edge.last = ts;
    edges.set(key, edge);
  }
  const names = new Map<number, string>();
  const nameOf = (id: number): string => {
    const [row] = names.has(id)
      ? []
      : connection.all('SELECT name FROM process WHERE id = ?', [id]);
    if (row !== undefined) names.set(id, textOf(row.name));
    return names.get(id) ?? '';
  };
  const order = ({ caller, callee }: CallEdge): string => `${caller}\0${callee}`;
  return [...edges.values()]
    .map(({ caller, callee, calls: count, errors, last }) => ({
      caller: nameOf(caller),
      callee: nameOf(callee),
      calls: count,
      errors,
      lastWallNs: readWallText(last),
    }))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
}
