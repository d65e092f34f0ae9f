import {
  checkFilter,
  checkMinSeverity,
  checkNanos,
  checkSteadyRange,
  type EventConditions,
  type EventFilter,
  type NameMatch,
  type NamePrefix,
  namesOf,
  type SteadyRange,
  textsOf,
} from './event-filter.js';
import { processOf, statusOf } from './event-status.js';
import { severityRank } from './severity.js';
import type { TraceEvent } from './trace-event.js';

type Predicate = (event: TraceEvent) => boolean;

/**
 * Makes a predicate of a filter and a span of the steady clock.
 *
 * @throws TraceError `ERR_TRACE_QUERY` for a value that its field cannot have.
 */
export function eventMatcher(filter: EventFilter & SteadyRange): Predicate {
  checkFilter(filter);
  const { start, end } = checkSteadyRange(filter);
  const all = predicatesOf(filter);
  if (start !== undefined) all.push((event) => event.timestampNs >= start);
  if (end !== undefined) all.push((event) => event.timestampNs <= end);
  for (const excluded of filter.not ?? []) {
    const conditions = predicatesOf(excluded);
    all.push((event) => !conditions.every((holds) => holds(event)));
  }
  return (event) => all.every((holds) => holds(event));
}

function predicatesOf(conditions: EventConditions): Predicate[] {
  const all: Predicate[] = [];
  const { requestId, status } = conditions;
  const addNames = (match: NameMatch | undefined, nameOf: (event: TraceEvent) => string): void => {
    const names = namesOf(match);
    if (names !== undefined) all.push((event) => isOneOf(names, nameOf(event)));
  };
  addNames(conditions.component, (event) => event.component);
  addNames(conditions.eventType, (event) => event.eventType);
  addNames(conditions.modelId, (event) => event.modelId);
  addNames(conditions.process, processOf);
  if (requestId !== undefined) all.push((event) => event.requestId === requestId);
  if (status !== undefined) all.push((event) => statusOf(event) === status);
  const rank = checkMinSeverity(conditions.minSeverity) ?? 0;
  if (rank > 0) all.push((event) => severityRank(event.severity) >= rank);
  const min = checkNanos(conditions.minDurationNs, 'minDurationNs');
  if (min !== undefined) all.push((event) => event.durationNs >= min);
  const max = checkNanos(conditions.maxDurationNs, 'maxDurationNs');
  if (max !== undefined) all.push((event) => event.durationNs <= max);
  for (const text of textsOf(conditions.text)) {
    const pattern = patternOf(text);
    all.push(
      ({ rationale, attributes }) =>
        pattern.test(rationale) ||
        Object.entries(attributes).some(([key, value]) => pattern.test(key) || pattern.test(value)),
    );
  }
  return all;
}

function isOneOf(names: readonly (string | NamePrefix)[], name: string): boolean {
  return names.some((wanted) =>
    typeof wanted === 'string' ? wanted === name : name.startsWith(wanted.prefix),
  );
}

/** ASCII letters in either case, everything else as it is: the flag `i` would also match É with é. */
function patternOf(text: string): RegExp {
  const source = text.replaceAll(/[a-z]|[\\^$.*+?()[\]{}|/]/gi, (character) =>
    /[a-z]/i.test(character)
      ? `[${character.toLowerCase()}${character.toUpperCase()}]`
      : `\\${character}`,
  );
  return new RegExp(source);
}
