/** How often an item occurred: the true count is from `countMin` to `countMax`. */
export interface HeavyHitter {
  item: string;
  countMin: number;
  countMax: number;
}

/**
 * Finds the most frequent of any number of items in bounded memory: the Space-Saving algorithm
 * (Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in Data
 * Streams, 2005). Exact as long as no more than `capacity` different items came. Beyond that, an
 * item that takes more than 1/capacity of the stream is never missed, and no count is off by more
 * than that share.
 *
 * Invariant: `#heap` is a binary min-heap of slots by count, and `#position` its inverse.
 */
export class HeavyHitters {
  #capacity: number;
  #charactersLeft: number;
  readonly #slots = new Map<string, number>();
  readonly #items: string[] = [];
  // Typed, because boxed numbers in so many slots would double the memory.
  readonly #counts: Float64Array;
  readonly #errors: Float64Array;
  readonly #heap: Uint32Array;
  readonly #position: Uint32Array;
  #exact = true;

  /**
   * @param capacity - different items to keep count of; about 100 bytes and its text each.
   * @param charactersMax - lowers the capacity to the items that came with so much text in all.
   * Default: no bound.
   */
  constructor(capacity: number, charactersMax = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
    this.#charactersLeft = charactersMax;
    this.#counts = new Float64Array(capacity);
    this.#errors = new Float64Array(capacity);
    this.#heap = new Uint32Array(capacity);
    this.#position = new Uint32Array(capacity);
  }

  /** Whether every count is exact: no item has been given up for another. */
  get exact(): boolean {
    return this.#exact;
  }

  /** Different items; when not {@link exact}, there were more. */
  get size(): number {
    return this.#items.length;
  }

  add(item: string): void {
    const slot = this.#slots.get(item);
    if (slot !== undefined) {
      this.#increment(slot);
    } else if (this.#items.length < this.#capacity) {
      this.#insert(item);
    } else {
      this.#replaceLeast(item);
    }
  }

  /** The `count` most frequent items by the count that is certain, most frequent first. */
  top(count: number): HeavyHitter[] {
    const order = new Uint32Array(this.#items.length).map((_, slot) => slot);
    order.sort((a, b) => this.#certain(b) - this.#certain(a) || this.#error(a) - this.#error(b));
    return Array.from(order.subarray(0, count), (slot) => ({
      item: this.#items[slot] as string,
      countMin: this.#certain(slot),
      countMax: this.#counts[slot] as number,
    }));
  }

  #certain(slot: number): number {
    return (this.#counts[slot] as number) - this.#error(slot);
  }

  #error(slot: number): number {
    return this.#errors[slot] as number;
  }

  #insert(item: string): void {
    const slot = this.#items.length;
    this.#charactersLeft -= item.length;
    if (this.#charactersLeft <= 0) this.#capacity = slot + 1;
    this.#slots.set(item, slot);
    this.#items.push(item);
    this.#counts[slot] = 1;
    this.#position[slot] = slot;
    this.#heap[slot] = slot;
    // One is the least count there can be: up to the root past all that are larger.
    let at = slot;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#countAt(parent) <= 1) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #replaceLeast(item: string): void {
    const slot = this.#heap[0] as number;
    this.#exact = false;
    this.#slots.delete(this.#items[slot] as string);
    this.#slots.set(item, slot);
    this.#items[slot] = item;
    this.#errors[slot] = this.#counts[slot] as number;
    this.#increment(slot);
  }

  #increment(slot: number): void {
    this.#counts[slot] = (this.#counts[slot] as number) + 1;
    let at = this.#position[slot] as number;
    const size = this.#items.length;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < size && this.#countAt(left) < this.#countAt(least)) least = left;
      if (right < size && this.#countAt(right) < this.#countAt(least)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #countAt(at: number): number {
    return this.#counts[this.#heap[at] as number] as number;
  }

  #swap(a: number, b: number): void {
    const slotA = this.#heap[a] as number;
    const slotB = this.#heap[b] as number;
    this.#heap[a] = slotB;
    this.#heap[b] = slotA;
    this.#position[slotA] = b;
    this.#position[slotB] = a;
  }
}
