import { type EventSink, retryAfterMsOf } from '../event/event-sink.js';
import type { ProgramInfo, RecordedEvent, RunInfo } from '../event/recorded-event.js';
import type { SourceAccount } from '../event/source-account.js';
import { ErrorPositions, isError } from './error-positions.js';
import type { OrphanSpills } from './orphan-spills.js';
import type { PipelineGate } from './pipeline-gate.js';

/** What the writer reads: the collector's Drain is one. */
export interface DrainReader {
  readonly run: RunInfo;
  /**
   * Errors not acknowledged, the same again until acknowledgeErrors(). Fewer than `max` are all.
   */
  peekErrors(max: number): RecordedEvent[];
  /** What peekErrors() gave last is stored for good. */
  acknowledgeErrors(): void;
  /** The next events of the ring, and how many were overwritten before. Fewer than `max` are all. */
  readEvents(max: number): { events: RecordedEvent[]; missed: number; heldBack: number };
  /** Events that the next reads give, and those that they count as missed. */
  stats(): { readonly backlog: number; readonly overwritten: number };
}

/** Counts since the writer was made. */
export interface WriterCounts {
  /** Appends that the sink took. */
  batches: number;
  /** Events in them, without duplicates and rejected ones. */
  committed: number;
  /** Errors acknowledged: the commit that holds them has returned. */
  errors: number;
  /** Events that the sink has refused for good. */
  rejected: number;
  /** Appends that failed, each tried again. */
  failures: number;
}

/** What a turn came to. */
export interface Turn {
  /** Wait so long before the next one; 0 when there is more to write. */
  delayMs: number;
  /** Why the sink took nothing; undefined when it did, or when there was nothing to write. */
  failure?: unknown;
}

/** The moment of a flush: see BatchWriter.flushPoint(). */
export interface FlushPoint {
  readonly turn: number;
  readonly taken: number;
}

export interface BatchWriterParts {
  source: DrainReader;
  sink: EventSink;
  left?: OrphanSpills | undefined;
  /** Decides what of the source is sent. Default: everything. */
  gate?: PipelineGate | undefined;
  /** Said of the source's run to the sink. */
  program?: ProgramInfo | undefined;
  /** Told to the sink with each batch. */
  accountOf?: (() => SourceAccount) | undefined;
  /** Milliseconds on a clock that never goes back. */
  now: () => number;
  intervalMs: number;
  limits?: BatchLimits | undefined;
  /** Whether the pipeline itself has recorded the event. */
  isOwn?: ((event: RecordedEvent) => boolean) | undefined;
  /** Told of every append that the sink took: its size, its time, and the oldest event in it. */
  onBatch?: ((count: number, tookMs: number, oldest: RecordedEvent) => void) | undefined;
}

/** How large a batch may be. */
export interface BatchLimits {
  eventsMin: number;
  eventsMax: number;
  errorsMax: number;
}

/** A batch is a quarter of the backlog, within these: small ones are soon visible, large ones cheap. */
const LIMITS: BatchLimits = { eventsMin: 500, eventsMax: 8_000, errorsMax: 1_000 };
const BACKOFF_FIRST_MS = 100;
/** Below 2 s with room to spare: so long after the sink has healed the pipeline is to have resumed. */
const BACKOFF_LAST_MS = 1_500;
/** A sink that asks for a longer rest than this is asked again all the same; for a shorter one, too. */
const REST_MIN_MS = 10;
const REST_MAX_MS = 300_000;

/**
 * Decides what is written when: errors first, then what dead processes left, then the rest. One append
 * per batch. What an append has not taken is kept, one batch at most, and tried again; the ring keeps
 * what comes meanwhile.
 *
 * Knows neither threads nor timers: whoever owns it calls turn(), one at a time, and waits as long as
 * it is told.
 */
export class BatchWriter {
  readonly counts: WriterCounts = {
    batches: 0,
    committed: 0,
    errors: 0,
    rejected: 0,
    failures: 0,
  };
  readonly #parts: BatchWriterParts;
  readonly #limits: BatchLimits;
  /** Errors stored through their lane, whose copy in the ring is yet to come; and the other way round. */
  readonly #throughLane = new ErrorPositions();
  readonly #throughRing = new ErrorPositions();
  /** Read from the ring and not yet stored. */
  #held: RecordedEvent[] = [];
  #failuresInARow = 0;
  #turn = 0;
  /** Everything recorded before this turn began is stored. */
  #errorsStoredAt = -1;
  #eventsStoredAt = -1;
  /** Events that the cursor on the ring has passed, read or missed. */
  #taken = 0;
  /** What #taken was when nothing was held. */
  #settled = 0;
  #ownSettled = 0;

  constructor(parts: BatchWriterParts) {
    this.#parts = parts;
    this.#limits = parts.limits ?? LIMITS;
  }

  /** Events taken from the ring that no append has taken yet. */
  get held(): number {
    return this.#held.length;
  }

  /** Events that are done with: read from the ring or missed, and then stored or refused. */
  get settled(): number {
    return this.#settled;
  }

  /** Errors stored through their lane, of which the ring's copy is yet to come. */
  get errorsAhead(): number {
    return this.#throughLane.size;
  }

  /** Of the settled ones those that the pipeline itself has recorded. */
  get ownSettled(): number {
    return this.#ownSettled;
  }

  /** Marks this moment. */
  flushPoint(): FlushPoint {
    const { backlog, overwritten } = this.#parts.source.stats();
    return { turn: this.#turn + 1, taken: this.#taken + overwritten + backlog };
  }

  /** Whether everything recorded before the moment is stored, rejected or lost. */
  hasReached({ turn, taken }: FlushPoint): boolean {
    if (this.#errorsStoredAt < turn) return false;
    return this.#eventsStoredAt >= turn || this.#settled >= taken;
  }

  /** Writes one batch of errors or, when there is none that is full, one of each kind. Never throws. */
  async turn(): Promise<Turn> {
    this.#turn++;
    try {
      const isMore = await this.#write();
      this.#failuresInARow = 0;
      return { delayMs: isMore ? 0 : this.#parts.intervalMs };
    } catch (failure) {
      this.counts.failures++;
      const backoffMs = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** this.#failuresInARow++);
      const askedMs = retryAfterMsOf(failure);
      const delayMs =
        askedMs === undefined ? backoffMs : Math.min(REST_MAX_MS, Math.max(REST_MIN_MS, askedMs));
      return { delayMs, failure };
    }
  }

  /** Whether there is more. */
  async #write(): Promise<boolean> {
    if (await this.#writeErrors()) return true;
    const { left, sink } = this.#parts;
    const isMoreLeft = (await left?.takeIn(sink, this.#limits.errorsMax)) ?? false;
    const isMorePast = await this.#writePast();
    const isMore = (await this.#writeEvents()) || isMoreLeft || isMorePast;
    if (!isMore) await this.#writeReport();
    return isMore;
  }

  /** What the gate has held back of requests that it lets through now. Whether there is more. */
  async #writePast(): Promise<boolean> {
    const { gate } = this.#parts;
    gate?.sending.tick();
    const past = gate?.past();
    if (gate === undefined || past === undefined) return false;
    await this.#append(past, false);
    gate.pastStored();
    return gate.hasPast;
  }

  /** Everything recorded before is sent or held back: says so to the sink, and what the gate has to say. */
  async #writeReport(): Promise<void> {
    const { gate, source, sink, program, accountOf } = this.#parts;
    if (accountOf === undefined) return;
    const runOf = (): RunInfo => ({ ...source.run, ...program });
    await sink.drained?.(() => ({ run: runOf(), account: accountOf() }));
    if (gate === undefined) return;
    const account = accountOf();
    const report = gate.report(account);
    if (report === undefined) return;
    await sink.append(runOf(), [], { account, gate: report });
    gate.noteAccount(account);
    gate.reported();
  }

  async #writeErrors(): Promise<boolean> {
    const { source } = this.#parts;
    const turn = this.#turn;
    const { errorsMax } = this.#limits;
    const errors = source.peekErrors(errorsMax);
    if (errors.length > 0) {
      const fresh = errors.filter((error) => !this.#throughRing.has(error));
      const { gate } = this.#parts;
      const admitted = this.#admitted(fresh);
      await this.#append(gate?.sending.marked(admitted) ?? admitted, true);
      gate?.holdBack(fresh.length - admitted.length);
      source.acknowledgeErrors();
      this.counts.errors += errors.length;
      for (const error of errors) {
        if (!this.#throughRing.take(error)) this.#throughLane.add(error);
      }
    }
    if (errors.length === errorsMax) return true;
    // The lane was empty after these: what came through the ring until then comes no second time.
    this.#throughRing.clear();
    this.#errorsStoredAt = turn;
    return false;
  }

  async #writeEvents(): Promise<boolean> {
    const { source } = this.#parts;
    const turn = this.#turn;
    const isRetry = this.#held.length > 0;
    const isMore = isRetry || this.#read(source);
    if (isRetry) this.#held = this.#held.filter((event) => this.#isFresh(event));
    const errors = this.#held.filter(isError);
    await this.#append(this.#held, errors.length > 0);
    for (const error of errors) this.#throughRing.add(error);
    const { isOwn } = this.#parts;
    if (isOwn !== undefined) this.#ownSettled += this.#held.filter(isOwn).length;
    this.#held = [];
    this.#settled = this.#taken;
    if (!isMore) this.#eventsStoredAt = turn;
    return isMore;
  }

  /** Fills #held. Whether the ring may have more. */
  #read(source: DrainReader): boolean {
    const { backlog } = source.stats();
    const { eventsMin, eventsMax } = this.#limits;
    const max = Math.min(eventsMax, Math.max(eventsMin, Math.ceil(backlog / 4)));
    const { events, missed, heldBack } = source.readEvents(max);
    const { gate } = this.#parts;
    this.#taken += events.length + missed + heldBack;
    const fresh = events.filter((event) => this.#isFresh(event));
    const admitted = this.#admitted(fresh);
    gate?.holdBack(heldBack + fresh.length - admitted.length);
    this.#held = gate?.sending.marked(admitted) ?? admitted;
    if (events.length === max) return true;
    // The cursor is at the end: what of the lane it has not given was overwritten, and never comes.
    this.#throughLane.clear();
    return false;
  }

  /** Of what the source gives, the events that are sent: it gives errors whether they are or not. */
  #admitted(events: RecordedEvent[]): RecordedEvent[] {
    const { gate } = this.#parts;
    return gate === undefined ? events : events.filter((event) => gate.sending.admits(event));
  }

  /** Whether the event has not been stored through the lane of errors. */
  #isFresh(event: RecordedEvent): boolean {
    return this.#throughLane.size === 0 || !isError(event) || !this.#throughLane.take(event);
  }

  async #append(events: readonly RecordedEvent[], durable: boolean): Promise<void> {
    const [oldest] = events;
    if (oldest === undefined) return;
    const { source, sink, gate, program, accountOf, now, onBatch } = this.#parts;
    const start = now();
    const account = accountOf?.();
    const { inserted, rejected } = await sink.append({ ...source.run, ...program }, events, {
      durable,
      account,
    });
    gate?.sending.onSent(events);
    if (account !== undefined) gate?.noteAccount(account);
    this.counts.batches++;
    this.counts.committed += inserted;
    this.counts.rejected += rejected.length;
    onBatch?.(events.length, now() - start, oldest);
  }
}
