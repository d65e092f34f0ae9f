import Table from 'cli-table3';
import { type GroupSummary, summarize, type TraceSummary } from '../analysis/summary.js';
import { SEVERITIES } from '../event/severity.js';
import type { ExportMetadata } from '../export/export-metadata.js';
import { formatCount, formatNanos, formatRate, formatWallTime } from './format.js';
import { type CommandContext, EXIT } from './io.js';
import { clockJson, databaseMetadata, metadataJson } from './metadata-json.js';
import { openTrace } from './open-trace.js';
import { noteSize, selectionText } from './query-command.js';
import { describeEnd } from './run-end.js';
import { safeText, toJson } from './safe-text.js';
import type { TraceHead, TraceSize } from './trace-source.js';

/** `aegis-trace summary FILE` */
export async function summaryCommand(
  file: string,
  options: { json?: boolean; top: number },
  context: CommandContext,
): Promise<number> {
  const source = await openTrace(context.inputs, file, { isOnce: true });
  try {
    const summary = await summarize(source.summaryEvents(), { busiestMax: options.top });
    context.progress.clear();
    const [head, size] = [await source.head(), await source.size()];
    if (options.json) await context.out.line(toJson(summaryJson(head, size, summary)));
    else {
      const name = file === '-' ? 'stdin' : file;
      for (const line of summaryLines(name, head, size, summary, context))
        await context.out.line(line);
    }
    if (size.isCut) noteSize({ ...size, selection: undefined }, context);
    return EXIT.ok;
  } finally {
    source.close();
  }
}

function* summaryLines(
  name: string,
  head: TraceHead,
  size: TraceSize,
  summary: TraceSummary,
  { colors }: CommandContext,
): Generator<string> {
  yield colors.bold(safeText(name));
  yield* originLines(head, size, summary, colors);
  if (summary.firstNs === undefined || summary.lastNs === undefined) return;
  yield `  from        ${formatWallTime(head.clock, summary.firstNs)}`;
  yield `  to          ${formatWallTime(head.clock, summary.lastNs)}` +
    ` (${formatNanos(summary.spanNs)})`;
  const counts = SEVERITIES.map((name) => `${name} ${formatCount(summary.severities[name])}`);
  yield `  severities  ${counts.join(', ')}`;
  yield '';
  yield groupTable(summary.groups);
  const error = (100 * summary.durationErrorMax).toFixed(1);
  yield `Rates are per second of the whole span; percentiles within ${error} %, max exact.`;
  if (summary.ungroupedEvents > 0) {
    const kept = formatCount(summary.groups.length);
    yield `${formatCount(summary.ungroupedEvents)} events of further types are not listed: ` +
      `only the first ${kept} pairs of component and type are told apart.`;
  }
  if (summary.busiestRequests.length === 0) return;
  const { count, exact } = summary.requests;
  yield '';
  yield `Busiest of ${exact ? '' : 'more than '}${formatCount(count)} requests`;
  yield requestTable(summary);
  if (!exact) yield 'With so many requests their counts are approximate: at least – at most.';
}

/** What the events are of. */
function* originLines(
  { database, metadata, hub }: TraceHead,
  { events, selection }: TraceSize,
  summary: TraceSummary,
  colors: CommandContext['colors'],
): Generator<string> {
  if (database !== undefined) {
    yield `  events      ${formatCount(summary.events)} stored, of ${runsText(database)}`;
    yield `  recorder    process ${database.pid}, the newest`;
  } else if (hub !== undefined) {
    yield `  events      ${formatCount(summary.events)} in the hub, of ${runsText(hub)}`;
  } else if (selection !== undefined) {
    yield `  events      ${selectionText(events, selection)}`;
    if (metadata !== undefined) yield* recorderLines(metadata, colors);
  } else if (metadata !== undefined) {
    const recorded = formatCount(metadata.recorded);
    yield `  events      ${formatCount(summary.events)} of ${recorded} recorded`;
    yield* recorderLines(metadata, colors);
  } else {
    yield `  events      ${formatCount(summary.events)} in JSON lines`;
  }
}

function runsText({ runs }: { readonly runs: number }): string {
  return runs === 1 ? '1 run' : `${formatCount(runs)} runs`;
}

/** What the ring had, and lost. */
function* recorderLines(
  metadata: ExportMetadata,
  colors: CommandContext['colors'],
): Generator<string> {
  const lost = `${formatCount(metadata.dropped)} dropped`;
  yield `  missing     ${metadata.dropped > 0 ? colors.yellow(lost) : lost}, ` +
    `${formatCount(metadata.cleared)} cleared, ${formatCount(metadata.drained)} drained; ` +
    `${formatCount(metadata.rejected)} rejected, ${formatCount(metadata.truncated)} truncated`;
  yield `  recorder    process ${metadata.pid}, capacity ${formatCount(metadata.capacity)}`;
  if (metadata.recovered === undefined) return;
  const { skippedRecords, skippedChunks } = metadata.recovered;
  yield `  recovered   of a process which ${describeEnd(metadata.recovered)}; ` +
    `${formatCount(skippedRecords)} records and ${formatCount(skippedChunks)} chunks skipped`;
}

function groupTable(groups: readonly GroupSummary[]): string {
  // Info is what is left; a severity that nothing has would only make lines wrap.
  const shown = SEVERITIES.filter(
    (name) => name !== 'Info' && groups.some(({ severities }) => severities[name] > 0),
  );
  const heads = ['Component', 'Type', 'Count', 'Rate/s', 'P50', 'P95', 'P99', 'Max', ...shown];
  const table = newTable(heads, 2);
  for (const { component, eventType, count, ratePerSecond, duration, severities } of groups) {
    // Events without any duration are instants: four zeros would say less than nothing.
    const instant = duration.minNs === 0n && duration.maxNs === 0n;
    const { p50Ns, p95Ns, p99Ns, maxNs } = duration;
    table.push([
      safeText(component),
      safeText(eventType),
      formatCount(count),
      formatRate(ratePerSecond),
      ...[p50Ns, p95Ns, p99Ns, maxNs].map((nanos) => (instant ? '-' : formatNanos(nanos))),
      ...shown.map((name) => (severities[name] === 0 ? '-' : formatCount(severities[name]))),
    ]);
  }
  return table.toString();
}

function requestTable(summary: TraceSummary): string {
  const table = newTable(['Request', 'Events'], 1);
  for (const { requestId, eventsMin, eventsMax } of summary.busiestRequests) {
    const least = formatCount(eventsMin);
    const events = eventsMin === eventsMax ? least : `${least} – ${formatCount(eventsMax)}`;
    table.push([safeText(requestId), events]);
  }
  return table.toString();
}

/** Columns apart by two spaces and no rules: lines cost width. */
const NO_BORDERS = {
  ...Object.fromEntries(
    ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left']
      .concat(['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
      .map((part) => [part, '']),
  ),
  middle: '  ',
};

/** A plain table: text columns to the left, numbers to the right. */
function newTable(heads: string[], textColumns: number): Table.Table {
  return new Table({
    head: heads,
    colAligns: heads.map((_, column) => (column < textColumns ? 'left' : 'right')),
    chars: NO_BORDERS,
    // Our own colours only: the library's ignore NO_COLOR and whether this is a terminal.
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
}

function summaryJson(head: TraceHead, size: TraceSize, summary: TraceSummary): unknown {
  const { clock, database } = head;
  const metadata = database ? databaseMetadata(database, size.events) : head.metadata;
  return {
    metadata: metadata && metadataJson(metadata),
    ...(metadata === undefined && clock && { clock: clockJson(clock) }),
    ...(size.selection && { selection: { events: size.events, of: size.selection.of } }),
    events: summary.events,
    first_ns: summary.firstNs,
    last_ns: summary.lastNs,
    span_ns: summary.spanNs,
    severities: summary.severities,
    duration_error_max: summary.durationErrorMax,
    groups: summary.groups.map((group) => ({
      component: group.component,
      event_type: group.eventType,
      count: group.count,
      rate_per_second: group.ratePerSecond,
      duration: {
        min_ns: group.duration.minNs,
        p50_ns: group.duration.p50Ns,
        p95_ns: group.duration.p95Ns,
        p99_ns: group.duration.p99Ns,
        max_ns: group.duration.maxNs,
      },
      severities: group.severities,
    })),
    ungrouped_events: summary.ungroupedEvents,
    requests: summary.requests,
    busiest_requests: summary.busiestRequests.map((request) => ({
      request_id: request.requestId,
      events_min: request.eventsMin,
      events_max: request.eventsMax,
    })),
  };
}
