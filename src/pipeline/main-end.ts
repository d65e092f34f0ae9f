import { Drain, type DrainOptions } from '../collector/drain.js';
import { endDrainOf, TraceCollector } from '../collector/trace-collector.js';
import type { MetricCells, PipelineMetrics } from './metrics.js';
import { toStderr } from './stderr.js';

/** How long another thread may be at the lane of errors: for one batch of them, or one read of a file. */
const LANE_WAIT_MS = 250;

/**
 * The main thread's end of a pipeline: what it can do when the pipeline's thread hangs or is gone, and
 * the count of what is not stored.
 */
export class MainEnd {
  readonly #collector: TraceCollector;
  /** Of our own, so that what is in the lane is within reach after the program has closed its one. */
  readonly #ring: TraceCollector;
  readonly #cells: MetricCells;
  #standIn: Drain | undefined;
  #isLaneEnded = false;
  #hasSaid = false;

  constructor(collector: TraceCollector, cells: MetricCells) {
    this.#collector = collector;
    this.#ring = TraceCollector.attach(collector.share());
    this.#cells = cells;
  }

  /** How many events the program has recorded so far: a number to compare with a later one. */
  recorded(): number {
    return this.#recorded() - this.#cells.own;
  }

  metrics(): PipelineMetrics {
    const unstored = Math.max(0, this.#recorded() - this.#cells.settled);
    return { ...this.#cells.read(), unstored };
  }

  /** Puts the errors that wait for a thread which hangs into the spill file. */
  endLane(): void {
    if (this.#isLaneEnded) return;
    this.#isLaneEnded = true;
    const moved = endDrainOf(this.#ring, LANE_WAIT_MS);
    if (moved === undefined) {
      toStderr('the disk of the spill file hangs: errors that were in memory may not be in it');
    } else this.#noteSpilled(moved, this.#cells.read().spillPending);
  }

  /** After the thread has ended by itself: keeps the errors that are recorded from now on. */
  standIn(options: DrainOptions): void {
    this.#standIn = Drain.open(this.#ring, options);
  }

  endStandIn(): void {
    const drain = this.#standIn;
    if (drain === undefined) return;
    this.#standIn = undefined;
    const { spillPending } = drain.stats();
    const { spilled } = drain.close();
    this.#noteSpilled(spilled, this.#cells.read().spillPending + spillPending);
  }

  /** Says how much the end of the process has left unstored. */
  sayUnstored(): void {
    const { unstored, spillPending } = this.metrics();
    if (unstored === 0 || this.#hasSaid) return;
    this.#hasSaid = true;
    toStderr(
      `${unstored} events were recorded and not stored when the process ended; ` +
        `${spillPending} errors are in the spill file`,
    );
  }

  close(): void {
    this.endStandIn();
    this.#ring.close();
  }

  #recorded(): number {
    // What the program records after close() of the pipeline, and what others do after its own close().
    return Math.max(this.#ring.stats().recorded, this.#collector.stats().recorded);
  }

  #noteSpilled(moved: number, pending: number): void {
    const metrics = this.#cells.read();
    this.#cells.write({
      ...metrics,
      laneEvents: 0,
      laneBytes: 0,
      spilled: metrics.spilled + moved,
      spillPending: pending + moved,
    });
  }
}
