import { formatEventJson } from '../event/json-event.js';
import type { Severity } from '../event/severity.js';
import type { TraceEvent } from '../event/trace-event.js';
import { type EventFilter, eventMatcher } from '../export/event-filter.js';
import type { ExportMetadata } from '../export/export-metadata.js';
import { inTimeOrder } from '../export/time-order.js';
import { formatCount, formatNanos, formatWallTime } from './format.js';
import { type CommandContext, EXIT } from './io.js';
import { safeJson, safeText } from './safe-text.js';
import { severityColor } from './severity-color.js';
import { resolveTime, type TimeArgument } from './time-argument.js';
import { openTraceSource } from './trace-source.js';

/** The options of `query`, parsed. */
export interface QueryCommandOptions {
  component?: string;
  type?: string;
  model?: string;
  request?: string;
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
  const { onProgress } = context.progress;
  const { metadata, open } = await openTraceSource(file, { onProgress });
  const matches = eventMatcher({
    component: options.component,
    eventType: options.type,
    modelId: options.model,
    requestId: options.request,
    minSeverity: options.minSeverity,
    ...(await timeWindow(options, metadata, open)),
  });
  const events = inTimeOrder(open, matches, { limit: options.limit });
  const count = options.json
    ? await putJson(events, context)
    : await putTable(events, metadata, context);
  context.progress.clear();
  context.note(`${formatCount(count)} of ${formatCount(metadata.retained)} events`);
  return EXIT.ok;
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
  context: CommandContext,
): Promise<number> {
  await context.out.line('{"events":[');
  const count = await putEventArray(events, context);
  await context.out.line(`],"count":${count}}`);
  return count;
}

async function putTable(
  events: AsyncIterable<TraceEvent>,
  metadata: ExportMetadata,
  { out, progress, colors }: CommandContext,
): Promise<number> {
  let count = 0;
  for await (const event of events) {
    if (count++ === 0) {
      progress.clear();
      const heads = ['TIME', 'SEVERITY', 'COMPONENT', 'TYPE', 'MODEL', 'REQUEST', 'DURATION'];
      await out.line(colors.bold(`${columns(heads)}  RATIONALE`));
    }
    const cells = [
      formatWallTime(metadata.clock, event.timestampNs),
      event.severity,
      safeText(event.component),
      safeText(event.eventType),
      safeText(event.modelId),
      safeText(event.requestId),
      event.durationNs === 0n ? '-' : formatNanos(event.durationNs),
    ];
    const line = `${columns(cells)}  ${safeText(event.rationale)}`.trimEnd();
    await out.line(severityColor(colors, event.severity)(line));
  }
  return count;
}

// Fixed, because rows are put out before the later ones are known. A longer cell moves its row on.
const COLUMN_WIDTHS = [30, 8, 20, 20, 12, 36, 9];

function columns(cells: readonly string[]): string {
  return cells.map((cell, column) => (cell || '-').padEnd(COLUMN_WIDTHS[column] ?? 0)).join('  ');
}

async function timeWindow(
  { from, to }: QueryCommandOptions,
  metadata: ExportMetadata,
  open: () => AsyncIterable<TraceEvent>,
): Promise<Pick<EventFilter, 'startNs' | 'endNs'>> {
  let earliestNs: bigint | undefined;
  if (from?.kind === 'offset' || to?.kind === 'offset') {
    for await (const { timestampNs } of open()) {
      if (earliestNs === undefined || timestampNs < earliestNs) earliestNs = timestampNs;
    }
  }
  const resolve = (time: TimeArgument | undefined): bigint | undefined =>
    time && resolveTime(time, metadata.clock, earliestNs ?? 0n);
  return { startNs: resolve(from), endNs: resolve(to) };
}
