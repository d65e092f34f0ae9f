import { TraceError } from '../errors.js';
import type { Anchored } from '../event/clock.js';
import type { EventFilter } from '../event/event-filter.js';
import { formatEventJson } from '../event/json-event.js';
import type { Severity } from '../event/severity.js';
import type { TraceEvent } from '../event/trace-event.js';
import { parseQueryLine } from '../wire/query-line.js';
import { QueryLineError } from '../wire/query-line-scanner.js';
import { eventRow, eventRowHead } from './event-row.js';
import { formatCount } from './format.js';
import { type CommandContext, EXIT } from './io.js';
import { clockJson } from './metadata-json.js';
import { openTrace } from './open-trace.js';
import { safeJson, safeText, toJson } from './safe-text.js';
import type { TimeArgument } from './time-argument.js';
import { timeWindow } from './time-window.js';
import type { TraceSize, TraceSource } from './trace-source.js';

/** The options of `query`, parsed. */
export interface QueryCommandOptions {
  component?: string;
  type?: string;
  model?: string;
  request?: string;
  where?: string;
  minSeverity?: Severity;
  from?: TimeArgument;
  to?: TimeArgument;
  limit?: number;
  json?: boolean;
}

/** `aegis-trace query FILE …`: matching events in time order. */
export async function queryCommand(
  file: string,
  options: QueryCommandOptions,
  context: CommandContext,
): Promise<number> {
  const conditions = filterOf(options, context);
  const source = await openTrace(context.inputs, file, { isOnce: false });
  try {
    const { clock } = await source.head();
    const filter = { ...conditions, ...(await timeWindow(options, source)) };
    const events = source.inOrder(filter, options.limit);
    const count = options.json
      ? await putJson(events, source, context)
      : await putTable(events, clock, context);
    context.progress.clear();
    const size = await source.size();
    context.note(`${formatCount(count)} of ${formatCount(size.events)} events`);
    noteSize(size, context);
    return EXIT.ok;
  } finally {
    source.close();
  }
}

/** The query line's filter with that of the other options. @throws TraceError for a field that both have. */
function filterOf(options: QueryCommandOptions, context: CommandContext): EventFilter {
  const filter = options.where === undefined ? {} : parseWhere(options.where, context);
  const { component, type: eventType, model: modelId, request: requestId, minSeverity } = options;
  const given = Object.entries({ component, eventType, modelId, requestId, minSeverity }).filter(
    ([, value]) => value !== undefined,
  );
  const twice = given.find(([field]) => Object.hasOwn(filter, field));
  if (twice !== undefined) {
    const message = `--where and an option of its own both say which ${twice[0]}: leave one of them out`;
    throw new TraceError('ERR_TRACE_OPTION', message);
  }
  return { ...filter, ...Object.fromEntries(given) };
}

/** Shows where a wrong query line is wrong. @throws QueryLineError. */
export function parseWhere(line: string, { note }: CommandContext): EventFilter {
  try {
    return parseQueryLine(line);
  } catch (error) {
    if (error instanceof QueryLineError) {
      const before = safeText(line.slice(0, error.at));
      note(`  ${safeText(line)}`);
      note(`  ${' '.repeat(before.length)}${'^'.repeat(Math.max(1, error.length))}`);
    }
    throw error;
  }
}

/** Says what a reader of the answer should know of what it is of. */
export function noteSize({ events, selection, isCut }: TraceSize, { note }: CommandContext): void {
  if (selection !== undefined) note(`these are ${selectionText(events, selection)}`);
  if (isCut) note('the last event is cut off, and left out');
}

/** `a selection: 3 of 7 events` */
export function selectionText(events: number, { of }: { of: number | undefined }): string {
  const whole = of === undefined ? '' : ` of ${formatCount(of)}`;
  return `a selection: ${formatCount(events)}${whole} events`;
}

/** The member of a document by which its events are placed in wall time. */
export function clockMember(clock: Anchored | undefined): string {
  return clock === undefined ? '' : `"clock":${toJson(clockJson(clock))},`;
}

/** Streams events as the elements of a JSON array, one a line. @returns how many. */
export async function putEventArray(
  events: AsyncIterable<TraceEvent>,
  { out, progress }: CommandContext,
): Promise<number> {
  let count = 0;
  // Each line waits for the next event, which decides whether a comma follows.
  let line = '';
  for await (const event of events) {
    if (count++ > 0) await out.line(`${line},`);
    else progress.clear();
    line = safeJson(formatEventJson(event));
  }
  if (count > 0) await out.line(line);
  return count;
}

async function putJson(
  events: AsyncIterable<TraceEvent>,
  source: TraceSource,
  context: CommandContext,
): Promise<number> {
  const { clock } = await source.head();
  await context.out.line(`{${clockMember(clock)}"events":[`);
  const count = await putEventArray(events, context);
  const { events: of } = await source.size();
  await context.out.line(`],"count":${count},"of":${of}}`);
  return count;
}

async function putTable(
  events: AsyncIterable<TraceEvent>,
  clock: Anchored | undefined,
  { out, progress, colors }: CommandContext,
): Promise<number> {
  let count = 0;
  for await (const event of events) {
    if (count++ === 0) {
      progress.clear();
      await out.line(colors.bold(eventRowHead()));
    }
    await out.line(eventRow(clock, event, colors));
  }
  return count;
}
