/** Sequences from one to another, both inclusive. */
export interface PlaceSpan {
  readonly lane: number;
  readonly first: number;
  readonly last: number;
}

/** Which events of a run are stored: their sequences, lane by lane, as spans without gaps in rising order. */
export class RunPlaces {
  readonly #lanes = new Map<number, { first: number; last: number }[]>();

  has(lane: number, sequence: number): boolean {
    const spans = this.#lanes.get(lane);
    const span = spans?.[indexFor(spans, sequence)];
    return span !== undefined && span.first <= sequence;
  }

  add(lane: number, sequence: number): void {
    this.addSpan({ lane, first: sequence, last: sequence });
  }

  /** Spans may overlap those that are there. */
  addSpan({ lane, first, last }: PlaceSpan): void {
    const spans = this.#lanes.get(lane) ?? [];
    this.#lanes.set(lane, spans);
    // From the first span that ends right before, or later, to the last one that begins right after, or earlier.
    const from = indexFor(spans, first - 1);
    let to = from;
    let [start, end] = [first, last];
    for (; to < spans.length && (spans[to] as PlaceSpan).first <= last + 1; to++) {
      const span = spans[to] as PlaceSpan;
      start = Math.min(start, span.first);
      end = Math.max(end, span.last);
    }
    spans.splice(from, to - from, { first: start, last: end });
  }
}

/** The index of the first span that ends at a sequence or after it. */
function indexFor(spans: readonly { last: number }[], sequence: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as { last: number }).last < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}
