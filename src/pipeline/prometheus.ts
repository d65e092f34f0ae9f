import type { Registry } from 'prom-client';
import { TraceError } from '../errors.js';
import type { KeepReason } from '../gate/client-gate.js';
import type { PipelineMetrics } from './metrics.js';

/** A Registry of prom-client, as far as it is needed: that package is optional, and so are its types. */
export interface MetricsRegistry {
  registerMetric(metric: never): void;
}

interface Described {
  name: string;
  help: string;
  of: (metrics: PipelineMetrics) => number;
}

const PREFIX = 'aegis_trace_pipeline_';

const GAUGES: readonly Described[] = [
  { name: 'backlog_events', help: 'Events not read from the ring yet.', of: (m) => m.backlog },
  { name: 'held_events', help: 'Events read and not yet stored.', of: (m) => m.held },
  {
    name: 'unstored_events',
    help: 'Events that wait to be stored, or never will be.',
    of: (m) => m.unstored,
  },
  { name: 'lane_events', help: 'Errors waiting in memory for a commit.', of: (m) => m.laneEvents },
  { name: 'lane_bytes', help: 'Memory of those.', of: (m) => m.laneBytes },
  { name: 'spill_events', help: 'Errors waiting in the spill file.', of: (m) => m.spillPending },
  { name: 'spill_bytes', help: 'Size of the spill file.', of: (m) => m.spillBytes },
  { name: 'batch_seconds', help: 'Time of the last append.', of: (m) => m.batchMs / 1e3 },
  {
    name: 'batch_p99_seconds',
    help: 'P99 of the last 1000 appends.',
    of: (m) => m.batchMsP99 / 1e3,
  },
  {
    name: 'write_lag_seconds',
    help: 'Age of the oldest event of the last batch at its commit.',
    of: (m) => m.writeLagMs / 1e3,
  },
  { name: 'sink_down', help: '1 while the sink takes nothing.', of: (m) => m.sinkDown },
];

const COUNTERS: readonly Described[] = [
  {
    name: 'lost_events_total',
    help: 'Events overwritten before they were read.',
    of: (m) => m.lost,
  },
  {
    name: 'lost_errors_total',
    help: 'Errors for which nothing had room.',
    of: (m) => m.lostErrors,
  },
  { name: 'spilled_errors_total', help: 'Errors written to the spill file.', of: (m) => m.spilled },
  {
    name: 'recovered_errors_total',
    help: 'Errors taken in from dead processes.',
    of: (m) => m.recovered,
  },
  { name: 'rejected_events_total', help: 'Events the sink cannot hold.', of: (m) => m.rejected },
  { name: 'committed_events_total', help: 'Events stored.', of: (m) => m.committed },
  { name: 'errors_total', help: 'Errors acknowledged.', of: (m) => m.errors },
  { name: 'batches_total', help: 'Appends that succeeded.', of: (m) => m.batches },
  {
    name: 'recovered_skipped_total',
    help: 'Damaged stretches of what dead processes spilled.',
    of: (m) => m.recoveredSkipped,
  },
  {
    name: 'purged_events_total',
    help: 'Events removed because of their age.',
    of: (m) => m.purged,
  },
  { name: 'failures_total', help: 'Appends that failed.', of: (m) => m.failures },
  {
    name: 'held_back_events_total',
    help: 'Events that the gate left in the ring.',
    of: (m) => m.heldBack,
  },
  {
    name: 'backfilled_events_total',
    help: 'Events of these that were sent later.',
    of: (m) => m.backfilled,
  },
  {
    name: 'refused_openings_total',
    help: 'Requests whose errors came alone: too many had errors.',
    of: (m) => m.refusedOpenings,
  },
];

/** Of events that a gate let through: the label `reason`. */
const KEPT_REASONS = {
  error: (m) => m.keptErrors,
  hot: (m) => m.keptHot,
  warm: (m) => m.keptWarm,
  default: (m) => m.keptByDefault,
  dry_run: (m) => m.keptByDryRun,
} satisfies Record<KeepReason, (metrics: PipelineMetrics) => number>;

/**
 * Registers the metrics of a pipeline, read when they are scraped. `labels` go on every one of them.
 *
 * @throws TraceError (rejects) `ERR_TRACE_PEER` when prom-client is not installed; what prom-client
 * throws, such as for a name that is registered already.
 */
export async function registerPipelineMetrics(
  pipeline: {
    metrics(): PipelineMetrics;
    refusals?(): Readonly<Record<string, number>>;
  },
  registry: MetricsRegistry,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const client = await loadPromClient();
  const { Counter, Gauge } = client;
  const labelNames = Object.keys(labels);
  const registers = [registry as Registry];
  registerByReason(
    client,
    { name: 'refused_events_total', help: 'Events the sink has refused for good, by reason.' },
    registers,
    labels,
    () => pipeline.refusals?.() ?? {},
  );
  registerByReason(
    client,
    { name: 'kept_events_total', help: 'Events that the gate let through, by reason.' },
    registers,
    labels,
    () => {
      const metrics = pipeline.metrics();
      return Object.fromEntries(
        Object.entries(KEPT_REASONS).map(([reason, of]) => [reason, of(metrics)]),
      );
    },
  );
  for (const { name, help, of } of GAUGES) {
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames,
      registers,
      collect() {
        this.set(labels, of(pipeline.metrics()));
      },
    });
  }
  for (const { name, help, of } of COUNTERS) {
    new Counter({
      name: PREFIX + name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        this.inc(labels, of(pipeline.metrics()));
      },
    });
  }
}

function registerByReason(
  { Counter }: typeof import('prom-client'),
  { name, help }: { name: string; help: string },
  registers: Registry[],
  labels: Readonly<Record<string, string>>,
  counts: () => Readonly<Record<string, number>>,
): void {
  new Counter({
    name: PREFIX + name,
    help,
    labelNames: [...Object.keys(labels), 'reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(counts())) {
        this.inc({ ...labels, reason }, count);
      }
    },
  });
}

async function loadPromClient(): Promise<typeof import('prom-client')> {
  try {
    return await import('prom-client');
  } catch (cause) {
    const message =
      'registerPipelineMetrics needs the package prom-client: npm install prom-client';
    throw new TraceError('ERR_TRACE_PEER', message, { cause });
  }
}
