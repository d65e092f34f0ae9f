import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SourceLosses, SourceTotals } from './sources.js';

/** What a hub has counted, and how it is. */
export interface HubState {
  readonly totals: SourceTotals;
  readonly sources: number;
  readonly lost: SourceLosses;
  /** Undefined when it is another machine's. */
  readonly disk: DiskState | undefined;
  readonly queueBytes: number;
  readonly queueRequests: number;
  readonly tails: number;
  readonly alerts: AlertCounts;
  /** Events of projects that are off, which were not stored. */
  readonly suppressed: number;
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

/** Of alert rules, and of those who are told. */
export interface AlertCounts {
  readonly rules: number;
  readonly firing: number;
  /** That cannot be asked. */
  readonly failing: number;
  /** Notices that nobody has taken yet. */
  readonly waiting: number;
  /** Notices that nobody has taken. */
  readonly givenUp: number;
}

/** What a database takes of its disk, and what that has left, bytes; of what cannot be looked at, NaN. */
export interface DiskState {
  readonly databaseBytes: number;
  readonly freeBytes: number;
}

/** Also of one that is not there any more. */
export function diskStateOf(database: string): DiskState {
  const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  try {
    const { bavail, bsize } = statfsSync(dirname(database));
    return {
      databaseBytes: sizeOf(database) + sizeOf(`${database}-wal`),
      freeBytes: bavail * bsize,
    };
  } catch {
    return { databaseBytes: Number.NaN, freeBytes: Number.NaN };
  }
}

interface Described {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** Undefined when it has no meaning. */
  readonly of: (state: HubState) => number | undefined;
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
    name: 'events_suppressed_total',
    type: 'counter',
    help: 'Events not stored, because their project is off.',
    of: (s) => s.suppressed,
  },
  {
    name: 'sources',
    type: 'gauge',
    help: 'Runs that have sent since the hub started.',
    of: (s) => s.sources,
  },
  {
    name: 'sources_lost_events',
    type: 'gauge',
    help: 'Events that these runs say they lost before they could be sent.',
    of: (s) => s.lost.events,
  },
  {
    name: 'sources_lost_errors',
    type: 'gauge',
    help: 'Of these, errors.',
    of: (s) => s.lost.errors,
  },
  {
    name: 'database_bytes',
    type: 'gauge',
    help: 'The database and its log.',
    of: (s) => s.disk?.databaseBytes,
  },
  {
    name: 'disk_free_bytes',
    type: 'gauge',
    help: 'What is left on the file system of the database.',
    of: (s) => s.disk?.freeBytes,
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
  { name: 'alert_rules', type: 'gauge', help: 'Alert rules.', of: (s) => s.alerts.rules },
  {
    name: 'alert_rules_firing',
    type: 'gauge',
    help: 'Of these, those that fire.',
    of: (s) => s.alerts.firing,
  },
  {
    name: 'alert_rules_failing',
    type: 'gauge',
    help: 'Of these, those whose query fails.',
    of: (s) => s.alerts.failing,
  },
  {
    name: 'alert_notices_waiting',
    type: 'gauge',
    help: 'Notices that nobody has taken yet.',
    of: (s) => s.alerts.waiting,
  },
  {
    name: 'alert_notices_given_up_total',
    type: 'counter',
    help: 'Notices that nobody has taken.',
    of: (s) => s.alerts.givenUp,
  },
  { name: 'streams', type: 'gauge', help: 'Open streams of events.', of: (s) => s.tails },
  { name: 'uptime_seconds', type: 'gauge', help: 'Since the hub started.', of: (s) => s.uptimeS },
  { name: 'resident_memory_bytes', type: 'gauge', help: 'Of the process.', of: (s) => s.rssBytes },
];

const PREFIX = 'aegis_trace_hub_';

/** Without their prefix. */
export const METRIC_NAMES: readonly string[] = [
  ...METRICS.map(({ name }) => name),
  'requests_total',
];

/** Prometheus' text format, version 0.0.4. */
export function metricsText(state: HubState): string {
  const lines = METRICS.map(({ name, type, help, of }) => {
    const value = of(state);
    return value === undefined
      ? ''
      : `# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n${PREFIX}${name} ${value}\n`;
  });
  const requests = [...state.requests].map(
    ([labels, count]) => `${PREFIX}requests_total{${labels}} ${count}\n`,
  );
  return (
    `${lines.join('')}# HELP ${PREFIX}requests_total Requests by route and status.\n` +
    `# TYPE ${PREFIX}requests_total counter\n${requests.join('')}`
  );
}
