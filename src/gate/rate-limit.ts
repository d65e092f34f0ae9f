/** So many in any span of a length, and never more: a log of the last ones. */
export class RateLimit {
  readonly #max: number;
  readonly #spanMs: number;
  /** When the last ones were taken, the oldest first. */
  readonly #times: number[] = [];

  constructor(max: number, spanMs: number) {
    this.#max = max;
    this.#spanMs = spanMs;
  }

  /** Takes one. @returns 0, or after how many milliseconds there is one again. */
  take(nowMs: number): number {
    this.#forget(nowMs);
    if (this.#times.length < this.#max) {
      this.#times.push(nowMs);
      return 0;
    }
    return this.#max === 0 ? this.#spanMs : (this.#times[0] as number) + this.#spanMs - nowMs;
  }

  /** Whether none was taken within the span. */
  isIdle(nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#times.length === 0;
  }

  #forget(nowMs: number): void {
    const isOld = (time: number | undefined) => time !== undefined && time <= nowMs - this.#spanMs;
    while (isOld(this.#times[0])) this.#times.shift();
  }
}
