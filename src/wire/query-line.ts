import { DURATION_UNITS, formatDurationText, parseDurationText } from '../event/duration-text.js';
import {
  checkFilter,
  type EventConditions,
  type EventFilter,
  type NameMatch,
  type NamePrefix,
  namesOf,
  textsOf,
} from '../event/event-filter.js';
import { STATUSES } from '../event/event-status.js';
import { SEVERITIES, severityRankOf } from '../event/severity.js';
import { toNanos } from '../event/time.js';
import {
  QueryLineError,
  QueryLineScanner,
  quoteValue,
  type Term,
  type Value,
} from './query-line-scanner.js';

/** For the help of whatever takes a query line. */
export const QUERY_LINE_HELP = `
A query line has terms with spaces between them. All must hold; one with a - before it must not.
  process:gpu.run  process:gpu.*  process:a,b   its process is, begins with, is one of
  component:  type:  model:                     the same of these
  request:9f86d081884c7d65                      of this request
  status:OK  status:ERR                         severity below Error, or Error and above
  severity>=warning  severity>info              ${SEVERITIES.join(', ')}
  dur>5ms  dur<=1.5s                            its duration; units ${DURATION_UNITS}
  timeout  "out of memory"                      in the rationale, or in an attribute's key or value
Quote what has a space, comma, colon or * of its own: process:"a, b".`;

/** The fields of names in a query line, by what they are in a filter. */
const NAME_FIELDS = {
  process: 'process',
  component: 'component',
  type: 'eventType',
  model: 'modelId',
} as const;

/** The fields of a query line, with the operators that they take. */
const OPERATORS = {
  process: [':'],
  component: [':'],
  type: [':'],
  model: [':'],
  request: [':'],
  status: [':'],
  severity: ['>=', '>'],
  dur: ['>=', '>', '<=', '<'],
} as const;

const INT64_MAX = 2n ** 63n - 1n;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Reads a query line: see {@link QUERY_LINE_HELP}. An empty one matches everything.
 *
 * @throws QueryLineError, whose code is `ERR_TRACE_QUERY`, with the place of the first part that is wrong.
 */
export function parseQueryLine(line: string): EventFilter {
  const filter: Mutable<EventFilter> = {};
  const not: EventConditions[] = [];
  for (const term of new QueryLineScanner(line, OPERATORS).terms()) {
    const conditions = conditionsOf(term);
    if (term.isNegated) not.push(conditions);
    else merge(filter, conditions, term);
  }
  if (not.length > 0) filter.not = not;
  try {
    checkFilter(filter);
  } catch (error) {
    // What no term shows alone: too many of them, or a least duration above the greatest.
    throw new QueryLineError((error as Error).message, 0, line.length);
  }
  return filter;
}

/** Writes a checked filter as the query line that is read back as it. */
export function formatQueryLine({ not = [], ...conditions }: EventFilter): string {
  return [
    ...termsOf(conditions),
    // Of a condition with several fields there is no term: a query line yields none.
    ...not.flatMap((excluded) => termsOf(excluded).map((term) => `-${term}`)),
  ].join(' ');
}

function merge(filter: Mutable<EventFilter>, added: EventConditions, term: Term): void {
  const { text, ...conditions } = added;
  if (typeof text === 'string') {
    const texts = textsOf(filter.text);
    filter.text = texts.length === 0 ? text : [...texts, text];
  }
  for (const [field, value] of Object.entries(conditions)) {
    if (Object.hasOwn(filter, field)) {
      const { name = '' } = term;
      const hint = name in NAME_FIELDS ? `: for either of two write ${name}:a,b` : '';
      throw problem(term, `${name} is there twice${hint}`);
    }
    Object.assign(filter, { [field]: value });
  }
}

function conditionsOf(term: Term): EventConditions {
  const { name, values } = term;
  const [first] = values as [Value, ...Value[]];
  if (name === undefined) return { text: first.text };
  if (name in NAME_FIELDS) {
    const names = values.map(({ text, isPrefix }): string | NamePrefix =>
      isPrefix ? { prefix: text } : text,
    );
    return {
      [NAME_FIELDS[name as keyof typeof NAME_FIELDS]]: names.length === 1 ? names[0] : names,
    };
  }
  const [second] = values.slice(1);
  if (second !== undefined) throw problem(second, `${name} takes one value`);
  if (first.isPrefix) throw problem(first, `${name} takes no *`);
  switch (name) {
    case 'request':
      return { requestId: first.text };
    case 'status':
      return statusCondition(first);
    case 'severity':
      return severityCondition(term, first);
    default:
      return durationCondition(term, first);
  }
}

function statusCondition(value: Value): EventConditions {
  const status = STATUSES.find((name) => name === value.text.toUpperCase());
  if (status === undefined) throw problem(value, 'status is OK or ERR');
  return { status };
}

function severityCondition({ operator }: Term, value: Value): EventConditions {
  const rank = severityRankOf(value.text);
  if (rank < 0) throw problem(value, `a severity is one of ${SEVERITIES.join(', ')}`);
  const minSeverity = SEVERITIES[operator === '>' ? rank + 1 : rank];
  if (minSeverity === undefined) throw problem(value, `no severity is above ${value.text}`);
  return { minSeverity };
}

function durationCondition({ operator }: Term, value: Value): EventConditions {
  const nanos = parseDurationText(value.text);
  if (nanos === undefined) {
    throw problem(value, `a duration has a number and a unit of ${DURATION_UNITS}, as 1.5ms`);
  }
  if (nanos > INT64_MAX - (operator === '>' ? 1n : 0n)) {
    throw problem(value, 'a duration has 64 bits of nanoseconds');
  }
  switch (operator) {
    case '>':
      return { minDurationNs: nanos + 1n };
    case '>=':
      return { minDurationNs: nanos };
    case '<':
      return { maxDurationNs: nanos - 1n };
    default:
      return { maxDurationNs: nanos };
  }
}

function problem({ at, length }: { at: number; length: number }, message: string): QueryLineError {
  return new QueryLineError(message, at, length);
}

function termsOf(conditions: EventConditions): string[] {
  const terms: string[] = [];
  const add = (term: string, value: unknown): void => {
    if (value !== undefined) terms.push(`${term}${value}`);
  };
  for (const [name, field] of Object.entries(NAME_FIELDS)) {
    add(`${name}:`, formatNames(conditions[field]));
  }
  const { requestId, status, minSeverity } = conditions;
  add('request:', requestId === undefined ? undefined : quoteValue(requestId));
  add('status:', status);
  add('severity>=', minSeverity?.toLowerCase());
  const min = toNanos(conditions.minDurationNs);
  const max = toNanos(conditions.maxDurationNs);
  add('dur>=', min === undefined ? undefined : formatDurationText(min));
  add('dur<=', max === undefined ? undefined : formatDurationText(max));
  for (const text of textsOf(conditions.text)) terms.push(quoteValue(text));
  return terms;
}

function formatNames(match: NameMatch | undefined): string | undefined {
  return namesOf(match)
    ?.map((name) => (typeof name === 'string' ? quoteValue(name) : `${quoteValue(name.prefix)}*`))
    .join(',');
}
