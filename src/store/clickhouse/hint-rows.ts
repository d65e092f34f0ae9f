import type { RunInfo } from '../../event/recorded-event.js';
import type { PlacedEvent } from './event-row.js';
import { escaped } from './literals.js';

// Rows of the tables by which events are found, in TabSeparated.

export const RUN_COLUMNS = [
  'inserted_ms',
  'run',
  'pid',
  'host',
  'service',
  'project',
  'version',
  'steady_ns',
  'wall_ns',
] as const;

export function runRow({ run, pid, anchors, ...program }: RunInfo, insertedMs: number): string {
  const { host = '', service = '', project = '', version = '' } = program;
  const fields = [
    insertedMs,
    run,
    pid,
    ...[host, service, project, version].map(escaped),
    `[${anchors.map(({ steadyNs }) => steadyNs).join(',')}]`,
    `[${anchors.map(({ wallNs }) => wallNs).join(',')}]`,
  ];
  return `${fields.join('\t')}\n`;
}

/** From when to when there are events of each request. */
export function requestRows(events: readonly PlacedEvent[], insertedMs: number): string {
  const spans = new Map<string, { from: number; to: number }>();
  for (const { placed, wallMicros: at } of events) {
    const { requestId } = placed.event;
    if (requestId === '') continue;
    const span = spans.get(requestId);
    spans.set(requestId, {
      from: Math.min(at, span?.from ?? at),
      to: Math.max(at, span?.to ?? at),
    });
  }
  return [...spans]
    .map(([id, { from, to }]) => `${insertedMs}\t${escaped(id)}\t${from}\t${to}\n`)
    .join('');
}
