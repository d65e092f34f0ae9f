import type { Drain } from '../collector/drain.js';
import type { TraceCollector } from '../collector/trace-collector.js';
import type { EventSink } from '../event/event-sink.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { SourceAccount } from '../event/source-account.js';
import type { TraceEventInput } from '../event/trace-event.js';
import { messageOf } from '../thrown.js';
import type { WarningCode } from '../warnings.js';
import type { BatchWriter, Turn } from './batch-writer.js';
import { MetricCells, RecentTimes, type ThreadMetrics } from './metrics.js';
import { BacklogWarning, type Notices } from './notices.js';
import type { WorkerOptions } from './options.js';
import type { OrphanSpills } from './orphan-spills.js';
import type { GateCounts } from './sending-gate.js';

const COMPONENT = 'aegis.pipeline';

interface ReportParts {
  collector: TraceCollector;
  drain: Pick<Drain, 'stats' | 'close'>;
  left: OrphanSpills;
  sink: EventSink;
  gateCounts: GateCounts;
  options: WorkerOptions;
  metrics: SharedArrayBuffer;
  notices: Notices;
  now: () => number;
}

/** Says how the pipeline is doing: in shared memory, as events, as warnings and on stderr. */
export class PipelineReport {
  writer: BatchWriter | undefined;
  onWarning: (code: WarningCode, message: string) => void = () => {};
  readonly #parts: ReportParts;
  readonly #cells: MetricCells;
  readonly #times = new RecentTimes();
  readonly #backlogWarning: BacklogWarning;
  #writeLagMs = 0;
  #isSinkDown = false;
  #isFinished = false;
  #saidLostErrors = 0;
  #purged = 0;
  #nextEventMs: number;
  /** Events that the collector had given up before the drain was opened. */
  readonly #goneBefore: number;
  #own = 0;
  /** Of these overwritten before they were read; known whenever nothing waits. */
  #ownMissed = 0;

  constructor(parts: ReportParts) {
    this.#parts = parts;
    this.#cells = new MetricCells(parts.metrics);
    this.#backlogWarning = new BacklogWarning(parts.options.queueWarningThreshold);
    this.#nextEventMs = parts.now() + parts.options.metricsEventIntervalMs;
    const { dropped, cleared } = parts.collector.stats();
    this.#goneBefore = dropped + cleared;
    this.#cells.settled = this.#goneBefore;
  }

  readonly onBatch = (_count: number, tookMs: number, oldest: RecordedEvent): void => {
    this.#times.add(tookMs);
    const lagNs = process.hrtime.bigint() - oldest.event.timestampNs;
    this.#writeLagMs = Math.max(0, Number(lagNs) / 1e6);
  };

  readonly onTurn = (turn: Turn): void => {
    if (this.#isFinished) return;
    this.#sinkState(turn);
    const metrics = this.#update();
    this.#warn(metrics);
    this.#metricsEvent(metrics);
  };

  readonly afterTurn = async (turn: Turn): Promise<void> => {
    // Also when there is always more to write: retention must not wait for a quiet hour.
    if (this.#isFinished || turn.failure !== undefined) return;
    try {
      const done = await this.#parts.sink.maintain?.();
      this.#purged += removedOf(done);
    } catch (error) {
      const { notices, now } = this.#parts;
      notices.say('maintain', now(), () => `the sink's own upkeep fails: ${messageOf(error)}`);
    }
  };

  /** What this process has counted by now, the batch under way as if it were stored. */
  readonly accountOf = (): SourceAccount => {
    const { recorded, dropped, rejected } = this.#parts.collector.stats();
    const { backlog, lost, lostErrors, spillPending } = this.#parts.drain.stats();
    return {
      recorded,
      dropped,
      lost,
      lostErrors,
      rejected,
      spilled: spillPending,
      heldBack: this.#parts.gateCounts.heldBack,
      backlog,
      writeLagMs: Math.round(this.#writeLagMs),
      sentWallNs: BigInt(Date.now()) * 1_000_000n,
    };
  };

  /** Closes the drain, and gives the last numbers: what was in the lane is in the spill file. */
  finish(): void {
    const { drain } = this.#parts;
    const metrics = this.#update();
    this.#isFinished = true;
    const { spilled } = drain.close();
    this.#cells.write({
      ...metrics,
      laneEvents: 0,
      laneBytes: 0,
      spilled: metrics.spilled + spilled,
      spillPending: metrics.spillPending + spilled,
    });
  }

  /** Whether it is one of those that are recorded here. */
  static isOwn({ event }: RecordedEvent): boolean {
    return event.component === COMPONENT;
  }

  /** Records an event that is no news to the main thread, which would flush it at the end. */
  #record(event: Omit<TraceEventInput, 'component'>): void {
    // Before it can be seen.
    this.#cells.own = ++this.#own;
    this.#cells.settled++;
    this.#parts.collector.record({ ...event, component: COMPONENT });
  }

  #noteSettled(writer: BatchWriter, { backlog, held }: ThreadMetrics): void {
    if (backlog === 0 && held === 0) this.#ownMissed = this.#own - writer.ownSettled;
    const ownWaiting = this.#own - writer.ownSettled - this.#ownMissed;
    this.#cells.settled = this.#goneBefore + writer.settled + writer.errorsAhead + ownWaiting;
  }

  #update(): ThreadMetrics {
    const { drain, left, now } = this.#parts;
    const writer = this.writer as BatchWriter;
    const { rejected, committed, errors, batches, failures } = writer.counts;
    const source = drain.stats();
    const metrics: ThreadMetrics = {
      backlog: source.backlog,
      held: writer.held,
      laneEvents: source.laneEvents,
      laneBytes: source.laneBytes,
      lost: source.lost,
      lostErrors: source.lostErrors,
      spilled: source.spilled,
      spillPending: source.spillPending,
      spillBytes: source.spillBytes,
      recovered: left.recovered,
      recoveredSkipped: left.skipped,
      rejected: rejected + left.rejected,
      committed,
      errors,
      batches,
      failures,
      batchMs: this.#times.last,
      batchMsP99: this.#times.p99(now()),
      writeLagMs: this.#writeLagMs,
      sinkDown: this.#isSinkDown ? 1 : 0,
      purged: this.#purged,
      ...gateMetrics(this.#parts.gateCounts),
    };
    this.#cells.write(metrics);
    this.#noteSettled(writer, metrics);
    return metrics;
  }

  #sinkState({ failure }: Turn): void {
    const { notices, now } = this.#parts;
    const isDown = failure !== undefined;
    if (isDown) {
      notices.say('sink', now(), () => `the sink takes nothing, retrying: ${messageOf(failure)}`);
    }
    if (isDown === this.#isSinkDown) return;
    this.#isSinkDown = isDown;
    this.#record({
      eventType: isDown ? 'sink_down' : 'sink_up',
      rationale: isDown ? messageOf(failure) : 'the sink takes batches again',
      severity: 'Warning',
    });
  }

  #warn({ backlog, held, lostErrors }: ThreadMetrics): void {
    const { notices, now, drain, options } = this.#parts;
    const waiting = backlog + held;
    if (this.#backlogWarning.rises(waiting)) {
      this.onWarning(
        'AEGIS_TRACE_BACKLOG',
        `${waiting} events wait to be written (queueWarningThreshold ${options.queueWarningThreshold}); ` +
          'the oldest are lost when the ring is full',
      );
    }
    if (lostErrors <= this.#saidLostErrors) return;
    notices.say('errors', now(), () => {
      this.#saidLostErrors = lostErrors;
      const { lastSpillError } = drain.stats();
      const why = lastSpillError === undefined ? '' : `: ${lastSpillError}`;
      return `${lostErrors} errors lost, neither memory nor the spill file had room${why}`;
    });
  }

  #metricsEvent(metrics: ThreadMetrics): void {
    const { collector, options, now } = this.#parts;
    if (options.metricsEventIntervalMs === 0 || now() < this.#nextEventMs) return;
    this.#nextEventMs = now() + options.metricsEventIntervalMs;
    const unstored = Math.max(0, collector.stats().recorded - this.#cells.settled);
    const attributes = Object.fromEntries(
      Object.entries({ ...metrics, unstored }).map(([name, value]) => [
        name,
        Number(value.toFixed(3)),
      ]),
    );
    this.#record({ eventType: 'pipeline_metrics', attributes });
  }
}

function gateMetrics({ heldBack, backfilled, kept, refusedOpenings }: GateCounts) {
  return {
    heldBack,
    backfilled,
    keptErrors: kept.error,
    keptHot: kept.hot,
    keptWarm: kept.warm,
    keptByDefault: kept.default,
    keptByDryRun: kept.dry_run,
    refusedOpenings,
  };
}

/** What a sink says of its upkeep; most say nothing. */
function removedOf(done: unknown): number {
  const removed = (done as { removed?: unknown } | null | undefined)?.removed;
  return typeof removed === 'number' ? removed : 0;
}
