import { TraceError } from '../errors.js';
import { checkFilter, type EventFilter } from '../event/event-filter.js';
import { parseQueryLine } from './query-line.js';
import { QueryLineError } from './query-line-scanner.js';

// What a hub is asked, as the parameters of a URL: a filter, a span of wall time, a page.

/** One parameter that is wrong. */
export class ParameterError extends TraceError {
  readonly parameter: string;
  /** Of `where`: the place in the query line. */
  readonly at: number | undefined;

  constructor(parameter: string, message: string, at?: number) {
    super('ERR_TRACE_QUERY', `${parameter}: ${message}`);
    this.parameter = parameter;
    this.at = at;
  }
}

/** A filter with its span of wall time and page, as a store takes them. */
export interface ParsedParams extends EventFilter {
  readonly from?: bigint | undefined;
  readonly to?: bigint | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly order?: 'newest' | 'oldest' | undefined;
}

/** Parameters that are fields of a filter, with their names there. */
const FILTER_PARAMS = {
  process: 'process',
  component: 'component',
  type: 'eventType',
  model: 'modelId',
  request: 'requestId',
  status: 'status',
  severity: 'minSeverity',
  text: 'text',
} as const;

/** For people: what `from` and `to` take. */
const WALL_TIME_EXPECTED =
  'an ISO 8601 time with its zone, or nanoseconds since 1970 as an integer';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.(\d{1,9}))?)?(?:Z|[+-]\d\d:\d\d)$/;
const INTEGER = /^-?\d{1,19}$/;
const COUNT = /^\d{1,9}$/;

/**
 * Reads parameters; a name that is not in `allowed`, is there twice or has no such value is refused.
 *
 * @throws ParameterError, whose code is `ERR_TRACE_QUERY`.
 */
export function parseParams(
  params: Iterable<readonly [string, string]>,
  allowed: readonly string[],
): ParsedParams {
  const given = new Map<string, string>();
  for (const [name, value] of params) {
    if (!allowed.includes(name)) {
      throw new ParameterError(
        name,
        `there is no such parameter; it is one of ${allowed.join(', ')}`,
      );
    }
    if (given.has(name)) throw new ParameterError(name, 'it is there twice');
    given.set(name, value);
  }
  const filter = filterOf(given);
  const limit = given.get('limit');
  if (limit !== undefined && !COUNT.test(limit)) {
    throw new ParameterError('limit', `it must be an integer; got ${JSON.stringify(limit)}`);
  }
  const order = given.get('order');
  if (order !== undefined && order !== 'newest' && order !== 'oldest') {
    throw new ParameterError('order', `it must be newest or oldest; got ${JSON.stringify(order)}`);
  }
  return {
    ...filter,
    from: wallTimeOf(given, 'from'),
    to: wallTimeOf(given, 'to'),
    limit: limit === undefined ? undefined : Number(limit),
    cursor: given.get('cursor'),
    order,
  };
}

function filterOf(given: ReadonlyMap<string, string>): EventFilter {
  const line = given.get('where');
  const filter: Record<string, unknown> = line === undefined ? {} : { ...whereOf(line) };
  for (const [name, field] of Object.entries(FILTER_PARAMS)) {
    const value = given.get(name);
    if (value === undefined) continue;
    if (Object.hasOwn(filter, field)) throw new ParameterError(name, 'where says it as well');
    const parsed = { [field]: name === 'status' ? value.toUpperCase() : value };
    try {
      checkFilter(parsed);
    } catch (error) {
      throw new ParameterError(name, (error as Error).message);
    }
    Object.assign(filter, parsed);
  }
  return filter;
}

function whereOf(line: string): EventFilter {
  try {
    return parseQueryLine(line);
  } catch (error) {
    const at = error instanceof QueryLineError ? error.at : undefined;
    throw new ParameterError('where', (error as Error).message, at);
  }
}

function wallTimeOf(given: ReadonlyMap<string, string>, name: string): bigint | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const found = parseWallTime(text);
  if (found !== undefined) return found;
  const message = `it must be ${WALL_TIME_EXPECTED}; got ${JSON.stringify(text.slice(0, 60))}`;
  throw new ParameterError(name, message);
}

/** Nanoseconds since 1970 of an ISO time with its zone, or of an integer of them. */
function parseWallTime(text: string): bigint | undefined {
  if (INTEGER.test(text)) {
    const nanos = BigInt(text);
    return BigInt.asIntN(64, nanos) === nanos ? nanos : undefined;
  }
  const [whole, fraction = ''] = ISO.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const millis = Date.parse(fraction === '' ? text : text.replace(`.${fraction}`, ''));
  if (Number.isNaN(millis)) return undefined;
  return BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, '0') || 0);
}
