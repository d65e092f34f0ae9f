/**
 * Milliseconds that go on over a restart and never back, whatever is done to the wall clock: how long a number has been at
 * its threshold is asked of it.
 */
export class AlertClock {
  readonly #wallNow: () => number;
  readonly #steadyNow: () => number;
  #startMs: number;
  readonly #startSteadyMs: number;

  /**
   * @param lastMs - the latest time that was kept before; 0 when there is none.
   * @param wallNow - milliseconds since 1970.
   * @param steadyNow - milliseconds on a clock of the machine that never goes back.
   */
  constructor(lastMs: number, wallNow = Date.now, steadyNow = () => performance.now()) {
    this.#wallNow = wallNow;
    this.#steadyNow = steadyNow;
    this.#startMs = Math.max(lastMs, wallNow());
    this.#startSteadyMs = steadyNow();
  }

  now(): number {
    return this.#startMs + Math.round(this.#steadyNow() - this.#startSteadyMs);
  }

  /** It goes on after a time that another one has kept. */
  passBy(ms: number): void {
    this.#startMs += Math.max(0, ms - this.now());
  }

  /** The time of the wall clock, as it is set now, at a time of this one. */
  wallMsOf(ms: number): number {
    return this.#wallNow() - (this.now() - ms);
  }
}
