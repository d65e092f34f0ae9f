/** The numbers of a pipeline, in the order of their cells in shared memory. */
const NAMES = [
  'backlog',
  'held',
  'laneEvents',
  'laneBytes',
  'lost',
  'lostErrors',
  'spilled',
  'spillPending',
  'spillBytes',
  'recovered',
  'recoveredSkipped',
  'rejected',
  'committed',
  'errors',
  'batches',
  'failures',
  'batchMs',
  'batchMsP99',
  'writeLagMs',
  'sinkDown',
  'purged',
  'heldBack',
  'backfilled',
  'keptErrors',
  'keptHot',
  'keptWarm',
  'keptByDefault',
  'keptByDryRun',
  'refusedOpenings',
] as const;

/** What a pipeline has done and what lies before it. Counts are since its start. */
export interface PipelineMetrics extends ThreadMetrics {
  /**
   * Events recorded that are not stored, refused or lost: those that wait and, after the pipeline has
   * ended, those that nobody will store any more, also what is recorded from then on. Errors in the
   * spill file are among them. Without the pipeline's own events. Exact once the pipeline has ended.
   */
  unstored: number;
}

/** What the pipeline's thread knows of that. */
export interface ThreadMetrics {
  /** Events in the ring that the pipeline has not read yet. */
  backlog: number;
  /** Events read and not yet taken by the sink: one batch at most. */
  held: number;
  /** Errors in their lane, waiting for a commit, and the memory they take. */
  laneEvents: number;
  laneBytes: number;
  /** Events overwritten in the ring before they were read, that came no other way. */
  lost: number;
  /** Errors for which neither the lane nor the spill file had room. */
  lostErrors: number;
  /** Errors written to the spill file because their lane was full. */
  spilled: number;
  /** Those of them still waiting for a commit, and the size of the file. */
  spillPending: number;
  spillBytes: number;
  /** Errors taken in from what dead processes had spilled. */
  recovered: number;
  /** Records of such files that were torn or damaged. */
  recoveredSkipped: number;
  /** Events that the sink cannot hold. */
  rejected: number;
  /** Events that the sink has taken. */
  committed: number;
  /** Errors acknowledged: the commit that holds them has returned. */
  errors: number;
  /** Appends that the sink took, and that it failed. */
  batches: number;
  failures: number;
  /** Time of the last append and the P99 of the last 1 000, in milliseconds. */
  batchMs: number;
  batchMsP99: number;
  /** From the oldest timestamp in the last batch to its commit, in milliseconds. */
  writeLagMs: number;
  /** 1 while the sink takes nothing, else 0. */
  sinkDown: number;
  /** Events that the sink has removed because of their age. */
  purged: number;
  /** Events that a gate left in the ring, because nobody asks for their request. */
  heldBack: number;
  /** Of these sent later, when somebody did. */
  backfilled: number;
  /** Events that a gate let through, by the reason why: an error or the request of one, … */
  keptErrors: number;
  /** … a request that is HOT, that is WARM, … */
  keptHot: number;
  keptWarm: number;
  /** … the share of all others, and what only a dry run sends. */
  keptByDefault: number;
  keptByDryRun: number;
  /** Requests whose errors came alone: too many had errors in that second. */
  refusedOpenings: number;
}

/** Two more cells, of what only the other thread can make sense of. */
const SETTLED = NAMES.length;
const OWN = SETTLED + 1;
const CELLS = OWN + 1;

/** Metrics in memory that both threads see: the worker writes, the main thread reads without asking. */
export class MetricCells {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Float64Array;

  constructor(buffer = new SharedArrayBuffer(CELLS * Float64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new Float64Array(buffer);
  }

  /** Each number is whole; two of them may be of different moments. */
  read(): ThreadMetrics {
    return Object.fromEntries(
      NAMES.map((name, index) => [name, this.#cells[index] as number]),
    ) as unknown as ThreadMetrics;
  }

  /** Of all that the collector has ever recorded, so many need nobody's attention any more. */
  get settled(): number {
    return this.#cells[SETTLED] as number;
  }

  set settled(count: number) {
    this.#cells[SETTLED] = count;
  }

  /** Events that the pipeline itself has recorded. */
  get own(): number {
    return this.#cells[OWN] as number;
  }

  set own(count: number) {
    this.#cells[OWN] = count;
  }

  write(metrics: ThreadMetrics): void {
    for (const [index, name] of NAMES.entries()) this.#cells[index] = metrics[name];
  }
}

const TIMES = 1_000;
const UPDATE_MS = 1_000;

/** The P99 of the last 1 000 times, by nearest rank, sorted anew once a second at most. */
export class RecentTimes {
  readonly #times = new Float64Array(TIMES);
  #count = 0;
  #p99 = 0;
  #sortedAtMs = Number.NEGATIVE_INFINITY;
  last = 0;

  add(tookMs: number): void {
    this.last = tookMs;
    this.#times[this.#count++ % TIMES] = tookMs;
  }

  p99(nowMs: number): number {
    if (nowMs - this.#sortedAtMs < UPDATE_MS || this.#count === 0) return this.#p99;
    this.#sortedAtMs = nowMs;
    const sorted = this.#times.slice(0, Math.min(this.#count, TIMES)).sort();
    this.#p99 = sorted[Math.ceil(0.99 * sorted.length) - 1] as number;
    return this.#p99;
  }
}
