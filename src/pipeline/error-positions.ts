import type { RecordedEvent } from '../event/recorded-event.js';
import { severityRank } from '../event/severity.js';

const ERROR_RANK = severityRank('Error');

/** Whether the event is one of those that are never dropped. */
export function isError({ event }: RecordedEvent): boolean {
  return severityRank(event.severity) >= ERROR_RANK;
}

/**
 * Errors arrive twice, through their lane and through the ring; this remembers which have been stored
 * after one of the two, until the other comes. Bounded: beyond `placesMax` the oldest are forgotten,
 * and those errors are stored twice by a sink that does not go by their place.
 */
export class ErrorPositions {
  readonly #lanes = new Map<number, Set<number>>();
  readonly #placesMax: number;
  #size = 0;

  constructor(placesMax = 262_144) {
    this.#placesMax = placesMax;
  }

  get size(): number {
    return this.#size;
  }

  add({ lane, sequence }: RecordedEvent): void {
    let places = this.#lanes.get(lane);
    if (places === undefined) {
      places = new Set();
      this.#lanes.set(lane, places);
    }
    if (places.has(sequence)) return;
    places.add(sequence);
    this.#size++;
    if (this.#size > this.#placesMax) this.#forgetOne(places);
  }

  has({ lane, sequence }: RecordedEvent): boolean {
    return this.#lanes.get(lane)?.has(sequence) ?? false;
  }

  clear(): void {
    this.#lanes.clear();
    this.#size = 0;
  }

  /** Forgets the place; whether it was there. */
  take({ lane, sequence }: RecordedEvent): boolean {
    const places = this.#lanes.get(lane);
    if (places === undefined || !places.delete(sequence)) return false;
    this.#size--;
    if (places.size === 0) this.#lanes.delete(lane);
    return true;
  }

  #forgetOne(places: Set<number>): void {
    for (const place of places) {
      places.delete(place);
      this.#size--;
      return;
    }
  }
}
