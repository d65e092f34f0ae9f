import type { SourceTotals } from './sources.js';

/** What a hub has counted, and how it is. */
export interface HubState {
  readonly totals: SourceTotals;
  readonly sources: number;
  readonly queueBytes: number;
  readonly queueRequests: number;
  readonly tails: number;
  readonly hot: number;
  readonly warm: number;
  /** Processes with a gate that have asked lately. */
  readonly listeners: number;
  readonly changeStreams: number;
  /** Requests by status class and route. */
  readonly requests: ReadonlyMap<string, number>;
  readonly uptimeS: number;
  readonly rssBytes: number;
}

interface Described {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly of: (state: HubState) => number;
}

const METRICS: readonly Described[] = [
  {
    name: 'events_received_total',
    type: 'counter',
    help: 'Events in ingest requests.',
    of: (s) => s.totals.received,
  },
  {
    name: 'events_inserted_total',
    type: 'counter',
    help: 'Events stored that were not there before.',
    of: (s) => s.totals.inserted,
  },
  {
    name: 'events_duplicate_total',
    type: 'counter',
    help: 'Events that were there before.',
    of: (s) => s.totals.duplicates,
  },
  {
    name: 'ingest_deduped_total',
    type: 'counter',
    help: 'Entries counted as a repeat of one that was there before.',
    of: (s) => s.totals.deduped,
  },
  {
    name: 'events_rejected_total',
    type: 'counter',
    help: 'Events refused for good.',
    of: (s) => s.totals.rejected,
  },
  {
    name: 'sources',
    type: 'gauge',
    help: 'Runs that have sent since the hub started.',
    of: (s) => s.sources,
  },
  {
    name: 'queue_bytes',
    type: 'gauge',
    help: 'Bodies that wait to be stored.',
    of: (s) => s.queueBytes,
  },
  {
    name: 'queue_requests',
    type: 'gauge',
    help: 'Requests that wait to be stored.',
    of: (s) => s.queueRequests,
  },
  { name: 'hot_requests', type: 'gauge', help: 'Requests that are HOT.', of: (s) => s.hot },
  { name: 'warm_requests', type: 'gauge', help: 'Requests that are WARM.', of: (s) => s.warm },
  {
    name: 'gate_listeners',
    type: 'gauge',
    help: 'Processes with a gate that have asked lately.',
    of: (s) => s.listeners,
  },
  {
    name: 'change_streams',
    type: 'gauge',
    help: 'Open streams of changes of the gate.',
    of: (s) => s.changeStreams,
  },
  { name: 'streams', type: 'gauge', help: 'Open streams of events.', of: (s) => s.tails },
  { name: 'uptime_seconds', type: 'gauge', help: 'Since the hub started.', of: (s) => s.uptimeS },
  { name: 'resident_memory_bytes', type: 'gauge', help: 'Of the process.', of: (s) => s.rssBytes },
];

const PREFIX = 'aegis_trace_hub_';

/** Prometheus' text format, version 0.0.4. */
export function metricsText(state: HubState): string {
  const lines = METRICS.map(
    ({ name, type, help, of }) =>
      `# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n${PREFIX}${name} ${of(state)}\n`,
  );
  const requests = [...state.requests].map(
    ([labels, count]) => `${PREFIX}requests_total{${labels}} ${count}\n`,
  );
  return (
    `${lines.join('')}# HELP ${PREFIX}requests_total Requests by route and status.\n` +
    `# TYPE ${PREFIX}requests_total counter\n${requests.join('')}`
  );
}
