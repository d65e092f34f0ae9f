import {
  checkMinSeverity,
  type EventConditions,
  type EventFilter,
  type NameMatch,
  namesOf,
  textsOf,
} from '../../event/event-filter.js';
import { severityRank } from '../../event/severity.js';
import { toNanos } from '../../event/time.js';
import type { StoreFilter, WallRange } from '../event-store.js';
import { wallMicros } from '../wall-micros.js';
import { quoted } from './literals.js';

// A checked filter in SQL, over the table of events.

const ERROR = severityRank('Error');

/** Everything of a filter; each is a condition. */
export function conditionsOf(filter: StoreFilter): string[] {
  const { not, ...conditions } = filter;
  const excluded = (not ?? []).map((other) => `NOT (${and(conditionsOf(other))})`);
  return [...rangeOf(filter), ...columnConditions(conditions), ...excluded];
}

export const and = (conditions: readonly string[]): string => conditions.join(' AND ') || '1';

/** Conditions of a span of time. */
export function rangeOf({ from, to }: WallRange): string[] {
  const range: string[] = [];
  if (from !== undefined) range.push(`wall_us >= ${wallMicros(from + 999n)}`);
  if (to !== undefined) range.push(`wall_us <= ${wallMicros(to)}`);
  return range;
}

function columnConditions(conditions: EventConditions & Pick<EventFilter, 'requestId'>): string[] {
  const { requestId, status, minDurationNs, maxDurationNs } = conditions;
  const all = [
    ...nameConditions('component', conditions.component),
    ...nameConditions('event_type', conditions.eventType),
    ...nameConditions('model_id', conditions.modelId),
    ...nameConditions('process', conditions.process),
  ];
  if (requestId !== undefined) all.push(`request_id = ${quoted(requestId)}`);
  if (status !== undefined) all.push(`severity ${status === 'ERR' ? '>=' : '<'} ${ERROR}`);
  const rank = checkMinSeverity(conditions.minSeverity) ?? 0;
  if (rank > 0) all.push(`severity >= ${rank}`);
  const [min, max] = [toNanos(minDurationNs), toNanos(maxDurationNs)];
  if (min !== undefined) all.push(`duration_ns >= toInt64('${min}')`);
  if (max !== undefined) all.push(`duration_ns <= toInt64('${max}')`);
  return [...all, ...textsOf(conditions.text).map(textCondition)];
}

function nameConditions(column: string, match: NameMatch | undefined): string[] {
  if (match === undefined) return [];
  const either = (namesOf(match) ?? []).map((name) =>
    typeof name === 'string'
      ? `${column} = ${quoted(name)}`
      : `startsWith(${column}, ${quoted(name.prefix)})`,
  );
  return [`(${either.join(' OR ')})`];
}

/** Upper and lower case of ASCII are the same, as in every filter of ours. */
function textCondition(text: string): string {
  const has = (value: string): string => `positionCaseInsensitive(${value}, ${quoted(text)}) > 0`;
  const some = (column: string): string => `arrayExists(x -> ${has('x')}, ${column})`;
  return `(${has('rationale')} OR ${some('attr_keys')} OR ${some('attr_values')})`;
}
