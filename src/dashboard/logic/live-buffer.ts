// What a live table shows: the newest rows, how many came while it was paused, and gaps where some were missed.

/** A row of a live table. */
export type LiveRow<T> =
  | { readonly kind: 'event'; readonly key: number; readonly event: T }
  | { readonly kind: 'gap'; readonly key: number; readonly missed: number };

/** The newest first. */
export interface LiveState<T> {
  readonly rows: readonly LiveRow<T>[];
  readonly isPaused: boolean;
  /** Events that have come since it was paused. */
  readonly waiting: number;
}

export const ROWS_MAX = 500;

export class LiveBuffer<T> {
  #rows: LiveRow<T>[] = [];
  /** What came while it was paused. */
  #held: LiveRow<T>[] = [];
  #heldEvents = 0;
  #isPaused = false;
  #nextKey = 0;

  /** In the order in which they came. */
  add(events: readonly T[]): void {
    const rows = events.map(
      (event): LiveRow<T> => ({ kind: 'event', key: this.#nextKey++, event }),
    );
    this.#put(rows.reverse(), events.length);
  }

  /** So many were not sent, or are not known any more. */
  miss(missed: number): void {
    this.#put([{ kind: 'gap', key: this.#nextKey++, missed }], 0);
  }

  pause(): void {
    this.#isPaused = true;
  }

  /** What came meanwhile is shown; what does not fit any more is a gap. */
  resume(): void {
    this.#isPaused = false;
    const lost = this.#heldEvents - this.#held.filter(({ kind }) => kind === 'event').length;
    const gap: LiveRow<T>[] = lost > 0 ? [{ kind: 'gap', key: this.#nextKey++, missed: lost }] : [];
    this.#rows = [...this.#held, ...gap, ...this.#rows].slice(0, ROWS_MAX);
    this.#held = [];
    this.#heldEvents = 0;
  }

  clear(): void {
    this.#rows = [];
    this.#held = [];
    this.#heldEvents = 0;
  }

  get state(): LiveState<T> {
    return { rows: this.#rows, isPaused: this.#isPaused, waiting: this.#heldEvents };
  }

  #put(rows: LiveRow<T>[], events: number): void {
    if (this.#isPaused) {
      this.#held = [...rows, ...this.#held].slice(0, ROWS_MAX);
      this.#heldEvents += events;
    } else this.#rows = [...rows, ...this.#rows].slice(0, ROWS_MAX);
  }
}
