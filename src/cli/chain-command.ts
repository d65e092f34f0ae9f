import { TraceError } from '../errors.js';
import type { TraceEvent } from '../event/trace-event.js';
import { eventMatcher } from '../export/event-filter.js';
import type { ExportMetadata } from '../export/export-metadata.js';
import { inTimeOrder } from '../export/time-order.js';
import { formatCount, formatNanos, formatOffset, formatWallTime } from './format.js';
import { type CommandContext, EXIT } from './io.js';
import { putEventArray } from './query-command.js';
import { safeText, toJson } from './safe-text.js';
import { severityColor } from './severity-color.js';
import { openTraceSource } from './trace-source.js';

const OFFSET_WIDTH = 10;
const INDENT = ' '.repeat(OFFSET_WIDTH + 4);

/** `aegis-trace chain FILE REQUEST_ID`: every event of one request, in time order. */
export async function chainCommand(
  file: string,
  requestId: string,
  options: { json?: boolean },
  context: CommandContext,
): Promise<number> {
  if (requestId === '') {
    throw new TraceError('ERR_TRACE_QUERY', 'REQUEST_ID must be a non-empty string; got ""');
  }
  const { onProgress } = context.progress;
  const { metadata, open } = await openTraceSource(file, { onProgress });
  const events = inTimeOrder(open, eventMatcher({ requestId }));
  const count = options.json
    ? await putJson(events, requestId, context)
    : await putTimeline(events, requestId, metadata, context);
  context.progress.clear();
  if (count === 0) context.note(`no event of request ${safeText(requestId)} in ${safeText(file)}`);
  const missing = metadata.dropped + metadata.cleared + metadata.drained;
  if (missing > 0) {
    context.note(
      `${formatCount(missing)} older events are not in this file: the chain may lack its beginning`,
    );
  }
  return count === 0 ? EXIT.negative : EXIT.ok;
}

async function putJson(
  events: AsyncIterable<TraceEvent>,
  requestId: string,
  context: CommandContext,
): Promise<number> {
  await context.out.line(`{"request_id":${toJson(requestId)},"events":[`);
  const count = await putEventArray(events, context);
  await context.out.line(`],"count":${count}}`);
  return count;
}

async function putTimeline(
  events: AsyncIterable<TraceEvent>,
  requestId: string,
  metadata: ExportMetadata,
  { out, progress, colors }: CommandContext,
): Promise<number> {
  let count = 0;
  let firstNs = 0n;
  let lastNs = 0n;
  for await (const event of events) {
    if (count++ === 0) {
      progress.clear();
      firstNs = event.timestampNs;
      const start = formatWallTime(metadata.clock, firstNs);
      await out.line(`${colors.bold(`Request ${safeText(requestId)}`)}, from ${start}`);
    }
    lastNs = event.timestampNs;
    for (const line of eventLines(event, firstNs, colors)) await out.line(line);
  }
  if (count > 0) {
    const events = count === 1 ? '1 event' : `${formatCount(count)} events`;
    await out.line(`${events} in ${formatNanos(lastNs - firstNs)}`);
  }
  return count;
}

/** One event: when and what on the first line, why and further facts indented below it. */
function* eventLines(
  event: TraceEvent,
  firstNs: bigint,
  colors: CommandContext['colors'],
): Generator<string> {
  const offset = formatOffset(event.timestampNs - firstNs).padStart(OFFSET_WIDTH);
  const parts = [
    `${safeText(event.component)}  ${safeText(event.eventType)}`,
    event.modelId && safeText(event.modelId),
    event.durationNs === 0n ? '' : `took ${formatNanos(event.durationNs)}`,
    event.severity === 'Info' ? '' : event.severity,
  ].filter((part) => part !== '');
  yield `  ${offset}  ${severityColor(colors, event.severity)(parts.join('  '))}`;
  if (event.rationale !== '') yield `${INDENT}${safeText(event.rationale)}`;
  const attributes = Object.entries(event.attributes);
  if (attributes.length === 0) return;
  const facts = attributes.map(([key, value]) => `${safeText(key)}=${safeText(value)}`);
  yield `${INDENT}${colors.dim(facts.join(' '))}`;
}
