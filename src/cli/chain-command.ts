import { TraceError } from '../errors.js';
import type { Anchored } from '../event/clock.js';
import type { TraceEvent } from '../event/trace-event.js';
import { formatCount, formatNanos, formatOffset, formatWallTime } from './format.js';
import { type CommandContext, EXIT } from './io.js';
import { openTrace } from './open-trace.js';
import { clockMember, noteSize, putEventArray } from './query-command.js';
import { safeText, toJson } from './safe-text.js';
import { severityColor } from './severity-color.js';

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
  const source = await openTrace(context.inputs, file, { isOnce: false });
  try {
    const { clock, metadata, database } = await source.head();
    const events = source.chain(requestId);
    const count = options.json
      ? await putJson(events, requestId, clock, context)
      : await putTimeline(events, requestId, clock, context);
    context.progress.clear();
    if (count === 0) {
      context.note(`no event of request ${safeText(requestId)} in ${safeText(file)}`);
    }
    const missing = metadata ? metadata.dropped + metadata.cleared + metadata.drained : 0;
    if (missing > 0) {
      context.note(
        `${formatCount(missing)} older events are not in this file: the chain may lack its beginning`,
      );
    }
    // The size of a database has nothing to say, and counting it takes longer than the chain.
    if (database === undefined) noteSize(await source.size(), context);
    return count === 0 ? EXIT.negative : EXIT.ok;
  } finally {
    source.close();
  }
}

async function putJson(
  events: AsyncIterable<TraceEvent>,
  requestId: string,
  clock: Anchored | undefined,
  context: CommandContext,
): Promise<number> {
  await context.out.line(`{${clockMember(clock)}"request_id":${toJson(requestId)},"events":[`);
  const count = await putEventArray(events, context);
  await context.out.line(`],"count":${count}}`);
  return count;
}

/** The events of a request, each with its offset, its rationale and further facts. @returns how many. */
export async function putTimeline(
  events: AsyncIterable<TraceEvent>,
  requestId: string,
  clock: Anchored | undefined,
  { out, progress, colors }: CommandContext,
): Promise<number> {
  let count = 0;
  let firstNs = 0n;
  let lastNs = 0n;
  for await (const event of events) {
    if (count++ === 0) {
      progress.clear();
      firstNs = event.timestampNs;
      const start = formatWallTime(clock, firstNs);
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
  for (const line of textLines(event.rationale)) yield `${INDENT}${line}`;
  const { short, long } = splitAttributes(event.attributes);
  if (short.length > 0) yield `${INDENT}${colors.dim(short.join(' '))}`;
  for (const [name, text] of long) {
    yield `${INDENT}${colors.dim(`${safeText(name)}:`)}`;
    for (const line of textLines(text)) yield `${INDENT}  ${colors.dim(line)}`;
  }
}

/** Each line of a text made safe by itself, so that a stack is read as a stack. */
function textLines(text: string): string[] {
  return text === ''
    ? []
    : text
        .replace(/\r?\n$/, '')
        .split(/\r?\n/)
        .map(safeText);
}

/** Attributes that go side by side, and those of several lines. */
function splitAttributes(attributes: TraceEvent['attributes']): {
  short: string[];
  long: [name: string, text: string][];
} {
  const short: string[] = [];
  const long: [string, string][] = [];
  for (const [name, value] of Object.entries(attributes)) {
    // monitor() spreads a long stack over several attributes.
    if (/^stack\.\d+$/.test(name) && long.at(-1)?.[0] === 'stack') {
      (long.at(-1) as [string, string])[1] += value;
    } else if (/\r?\n/.test(value)) long.push([name, value]);
    else short.push(`${safeText(name)}=${safeText(value)}`);
  }
  return { short, long };
}
