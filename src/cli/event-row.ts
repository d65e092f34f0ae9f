import type { Anchored } from '../event/clock.js';
import type { TraceEvent } from '../event/trace-event.js';
import { formatNanos, formatWallTime } from './format.js';
import type { CommandContext } from './io.js';
import { safeText } from './safe-text.js';
import { severityColor } from './severity-color.js';

const HEADS = ['TIME', 'SEVERITY', 'COMPONENT', 'TYPE', 'MODEL', 'REQUEST', 'DURATION'];
// Fixed, because rows are put out before the later ones are known. A longer cell moves its row on.
const COLUMN_WIDTHS = [30, 8, 20, 20, 12, 36, 9];

/** What is above {@link eventRow}s. */
export function eventRowHead(): string {
  return `${columns(HEADS)}  RATIONALE`;
}

/** One event as a line of a table. */
export function eventRow(
  clock: Anchored | undefined,
  event: TraceEvent,
  colors: CommandContext['colors'],
): string {
  const cells = [
    formatWallTime(clock, event.timestampNs),
    event.severity,
    safeText(event.component),
    safeText(event.eventType),
    safeText(event.modelId),
    safeText(event.requestId),
    event.durationNs === 0n ? '-' : formatNanos(event.durationNs),
  ];
  const line = `${columns(cells)}  ${safeText(event.rationale)}`.trimEnd();
  return severityColor(colors, event.severity)(line);
}

function columns(cells: readonly string[]): string {
  return cells.map((cell, column) => (cell || '-').padEnd(COLUMN_WIDTHS[column] ?? 0)).join('  ');
}
