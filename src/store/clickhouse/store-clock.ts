/**
 * The time by which events become old: milliseconds since 1970 at its start, and from then on as time passes. A wall
 * clock that is set while a process runs makes nothing older, and no time comes twice.
 */
export class StoreClock {
  readonly #startMs: number;
  readonly #startedMs: number;
  readonly #passedMs: () => number;
  #leastMs: number;

  /**
   * @param latestMs - the latest time that the database has.
   * @param passedMs - a clock that never goes back.
   */
  constructor(latestMs: number, passedMs: () => number) {
    this.#startMs = Math.max(Date.now(), latestMs);
    this.#passedMs = passedMs;
    this.#startedMs = passedMs();
    this.#leastMs = 0;
  }

  now(): number {
    const nowMs = Math.floor(this.#startMs + this.#passedMs() - this.#startedMs);
    return Math.max(nowMs, this.#leastMs);
  }

  /** What comes is after a time. */
  passBy(ms: number): void {
    this.#leastMs = Math.max(this.#leastMs, ms + 1);
  }
}
