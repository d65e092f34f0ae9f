import {
  checkMinSeverity,
  type EventConditions,
  type EventFilter,
  type NameMatch,
  namesOf,
  textsOf,
} from '../../event/event-filter.js';
import type { EventStatus } from '../../event/event-status.js';
import { severityRank } from '../../event/severity.js';
import { toNanos } from '../../event/time.js';
import type { StoreFilter, WallRange } from '../event-store.js';
import { storable } from './event-row.js';
import type { SqlValue } from './sqlite-driver.js';
import { textFrom, textTo } from './wall-text.js';

// A checked filter in SQL, over alias `e` of the table of events.

/** A condition and its values. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** All of a filter, for rows that are not found by an index. */
export function conditionOf(filter: StoreFilter): Condition {
  const { requestId, status, minSeverity } = filter;
  const isError = checkMinSeverity(minSeverity) === severityRank('Error');
  const conditions = [
    ...rangeOf(filter),
    ...statusConditions(status),
    ...(isError ? statusConditions('ERR') : []),
    ...residualsOf(filter),
  ];
  if (requestId !== undefined) {
    conditions.push({ sql: 'e.request_id = ?', values: [storable(requestId)] });
  }
  return and(conditions);
}

/** Conditions of a span of time. */
export function rangeOf({ from, to }: WallRange): Condition[] {
  const range: Condition[] = [];
  if (from !== undefined) range.push({ sql: 'e.ts >= ?', values: [textFrom(from)] });
  if (to !== undefined) range.push({ sql: 'e.ts <= ?', values: [textTo(to)] });
  return range;
}

export function statusConditions(status: EventStatus | undefined): Condition[] {
  return status === undefined ? [] : [{ sql: 'e.status = ?', values: [status] }];
}

/** All of a filter but its times, its status (also a severity of Error, which is one) and its request. */
export function residualsOf({ not, ...filter }: EventFilter): Condition[] {
  const residuals = columnConditions(filter);
  for (const excluded of not ?? []) {
    const { sql, values } = conditionOf(excluded);
    // Without attributes, a condition on them is NULL. One of Info and above says nothing.
    residuals.push({ sql: `(${sql || 'true'}) IS NOT TRUE`, values });
  }
  return residuals;
}

function columnConditions(conditions: EventConditions): Condition[] {
  const { process, minSeverity, minDurationNs, maxDurationNs } = conditions;
  const all: Condition[] = [];
  const addNames = (column: string, match: NameMatch | undefined): void => {
    if (match !== undefined) all.push(namesCondition(column, match));
  };
  addNames('e.component', conditions.component);
  addNames('e.event_type', conditions.eventType);
  addNames('e.model_id', conditions.modelId);
  if (process !== undefined) {
    const { sql, values } = namesCondition('name', process);
    all.push({ sql: `e.process IN (SELECT id FROM process WHERE ${sql})`, values });
  }
  const rank = checkMinSeverity(minSeverity) ?? 0;
  // Error is what the status says, Info is everything.
  if (rank > 0 && rank !== severityRank('Error')) {
    all.push({ sql: 'e.severity >= ?', values: [rank] });
  }
  const addDuration = (operator: string, duration: unknown): void => {
    const nanos = toNanos(duration);
    if (nanos !== undefined) all.push({ sql: `e.duration_ns ${operator} ?`, values: [nanos] });
  };
  addDuration('>=', minDurationNs);
  addDuration('<=', maxDurationNs);
  return [...all, ...textsOf(conditions.text).map(textCondition)];
}

/** A prefix is compared by its bytes: text with a NUL is stored as those. */
export function namesCondition(column: string, match: NameMatch | undefined): Condition {
  const conditions = (namesOf(match) ?? []).map((name): Condition => {
    if (typeof name === 'string') return { sql: `${column} = ?`, values: [storable(name)] };
    const first = Buffer.from(name.prefix);
    const next = Buffer.from(first);
    // No byte of UTF-8 is 0xff.
    next[next.length - 1] = (next.at(-1) as number) + 1;
    const bytes = `CAST(${column} AS BLOB)`;
    return { sql: `(${bytes} >= ? AND ${bytes} < ?)`, values: [first, next] };
  });
  return {
    sql: `(${conditions.map(({ sql }) => sql).join(' OR ')})`,
    values: conditions.flatMap(({ values }) => values),
  };
}

/**
 * Attributes are searched as the JSON text they are stored as. Where a match there may be one of the
 * notation instead (an escape, a comma between members), it is looked for again in each member. A
 * rationale with a NUL is stored as its bytes, which some builds of SQLite never find anything in: as text
 * it is searched up to the NUL.
 */
function textCondition(text: string): Condition {
  const pattern = likePattern(text);
  const jsonPattern = likePattern(JSON.stringify(text).slice(1, -1));
  const isNotation = text === '{' || text === '}' || text === ':' || text === ',';
  const doubt = isNotation ? 'true' : "instr(e.attributes, '\\') > 0";
  const sql = `(CAST(e.rationale AS TEXT) LIKE ? ESCAPE '~' OR (e.attributes LIKE ? ESCAPE '~' AND (NOT ${doubt}
    OR EXISTS (SELECT 1 FROM json_each(e.attributes) a
      WHERE a.key LIKE ? ESCAPE '~' OR a.value LIKE ? ESCAPE '~'))))`;
  return { sql, values: [pattern, jsonPattern, pattern, pattern] };
}

const likePattern = (text: string): string => `%${text.replaceAll(/[%_~]/g, '~$&')}%`;

export function and(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}
