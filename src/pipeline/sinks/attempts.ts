import type { RecordedEvent, RunInfo } from '../../event/recorded-event.js';

/** Places that are remembered; of more, everything may have been sent. */
const PLACES_MAX = 100_000;

/**
 * Which events a hub may have although it has not said so. Where several hubs share a store, one that is given such an
 * event looks first whether another one has stored it.
 */
export class Attempts {
  /** Of each run that this process has recorded. */
  readonly #unsure = new Map<string, Set<string>>();
  #places = 0;
  #isLost = false;
  #lostMs: number | undefined;
  readonly #madeNs = process.hrtime.bigint();
  /** Of the process, by both clocks. */
  readonly #startedMs = performance.timeOrigin;
  readonly #startedNs = process.hrtime.bigint() - BigInt(Math.ceil(process.uptime() * 1e9));

  /**
   * Whether nobody can have any of these events: this process has recorded them since this was made, and nobody has sent
   * them. What is older a pipeline before this one may have sent.
   */
  isFirst(run: RunInfo, events: readonly RecordedEvent[]): boolean {
    if (this.#isLost || !this.#isOwn(run)) return false;
    const unsure = this.#unsure.get(run.run);
    return events.every(
      (placed) => placed.event.timestampNs >= this.#madeNs && unsure?.has(placeOf(placed)) !== true,
    );
  }

  /** How long ago an attempt ended without an answer, milliseconds. */
  get unansweredMs(): number | undefined {
    return this.#lostMs && Math.floor(performance.now() - this.#lostMs);
  }

  /** They may be stored. @param isAnswered - whether nobody has them any more who could store them. */
  failed({ run }: RunInfo, events: readonly RecordedEvent[], isAnswered: boolean): void {
    const unsure = this.#unsure.get(run) ?? new Set<string>();
    this.#unsure.set(run, unsure);
    const before = unsure.size;
    for (const event of events) unsure.add(placeOf(event));
    this.#places += unsure.size - before;
    if (!isAnswered) this.#lostMs = performance.now();
    if (this.#places <= PLACES_MAX) return;
    this.#isLost = true;
    this.#unsure.clear();
  }

  /** They are stored. */
  stored({ run }: RunInfo, events: readonly RecordedEvent[]): void {
    const unsure = this.#unsure.get(run);
    if (unsure === undefined) return;
    for (const event of events) if (unsure.delete(placeOf(event))) this.#places--;
    if (unsure.size === 0) this.#unsure.delete(run);
  }

  /** Events of another process may have been sent by it. A process id comes again; then its run is older. */
  #isOwn({ pid, anchors: [first] }: RunInfo): boolean {
    if (pid !== process.pid || first === undefined) return false;
    return (
      first.steadyNs >= this.#startedNs &&
      first.wallNs >= BigInt(Math.floor(this.#startedMs)) * 1_000_000n
    );
  }
}

const placeOf = ({ lane, sequence }: RecordedEvent): string => `${lane}:${sequence}`;
