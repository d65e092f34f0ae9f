// 64 buckets per power of two: a bucket is 1/64 of its lower bound wide, and its middle is at most
// half of that away from anything in it.
const BUCKETS_PER_OCTAVE = 64;
const MANTISSA_SHIFT = 14;
const EXPONENT_BIAS = 1023;
const OCTAVES = 64;

/** How far a percentile may be off, relative to the true one. */
export const DURATION_ERROR_MAX = 1 / (2 * BUCKETS_PER_OCTAVE);

/**
 * Counts durations so that percentiles can be asked for in bounded memory: a log-linear histogram
 * after HdrHistogram (Gil Tene, http://hdrhistogram.org), whose bucket index is the exponent and the top
 * six bits of the mantissa of the value as a double. Values below 128 ns and the smallest and
 * largest value are exact, other percentiles within {@link DURATION_ERROR_MAX}. Takes all of int64;
 * memory is 512 bytes per power of two that occurs, 64 KiB at most.
 */
export class DurationHistogram {
  #count = 0;
  #min = 0n;
  #max = 0n;
  #zeros = 0;
  readonly #positive: (Float64Array | undefined)[] = [];
  readonly #negative: (Float64Array | undefined)[] = [];
  readonly #bits = new DataView(new ArrayBuffer(8));

  get count(): number {
    return this.#count;
  }
  /** Nanoseconds, exact; 0 when nothing was added. */
  get minNs(): bigint {
    return this.#min;
  }
  /** Nanoseconds, exact; 0 when nothing was added. */
  get maxNs(): bigint {
    return this.#max;
  }

  add(durationNs: bigint): void {
    if (this.#count === 0 || durationNs < this.#min) this.#min = durationNs;
    if (this.#count === 0 || durationNs > this.#max) this.#max = durationNs;
    this.#count++;
    if (durationNs === 0n) {
      this.#zeros++;
      return;
    }
    const side = durationNs > 0n ? this.#positive : this.#negative;
    this.#bits.setFloat64(0, Math.abs(Number(durationNs)));
    const index = this.#bits.getUint32(0) >>> MANTISSA_SHIFT;
    const octave = Math.floor(index / BUCKETS_PER_OCTAVE) - EXPONENT_BIAS;
    let buckets = side[octave];
    if (buckets === undefined) {
      buckets = new Float64Array(BUCKETS_PER_OCTAVE);
      side[octave] = buckets;
    }
    const bucket = index % BUCKETS_PER_OCTAVE;
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  }

  /**
   * The nearest-rank percentile: the smallest duration that at least `fraction` of all do not
   * exceed.
   *
   * @param fraction - above 0, at most 1; 0.95 for P95.
   * @returns nanoseconds; 0 when nothing was added.
   */
  percentileNs(fraction: number): bigint {
    const rank = Math.min(Math.max(Math.ceil(fraction * this.#count), 1), this.#count);
    let seen = 0;
    for (const [valueNs, count] of this.#ascending()) {
      seen += count;
      if (seen >= rank) return clamp(valueNs, this.#min, this.#max);
    }
    return this.#max;
  }

  /** The value that stands for each bucket in use, and its count. */
  *#ascending(): Generator<[valueNs: bigint, count: number]> {
    for (let octave = OCTAVES - 1; octave >= 0; octave--) {
      const buckets = this.#negative[octave];
      if (buckets === undefined) continue;
      for (let bucket = BUCKETS_PER_OCTAVE - 1; bucket >= 0; bucket--) {
        yield [-middleOf(octave, bucket), buckets[bucket] ?? 0];
      }
    }
    yield [0n, this.#zeros];
    for (let octave = 0; octave < OCTAVES; octave++) {
      const buckets = this.#positive[octave];
      if (buckets === undefined) continue;
      for (let bucket = 0; bucket < BUCKETS_PER_OCTAVE; bucket++) {
        yield [middleOf(octave, bucket), buckets[bucket] ?? 0];
      }
    }
  }
}

function middleOf(octave: number, bucket: number): bigint {
  const lowest = (1 + bucket / BUCKETS_PER_OCTAVE) * 2 ** octave;
  const width = 2 ** octave / BUCKETS_PER_OCTAVE;
  // Only integers are counted: a bucket at most one wide holds exactly one.
  return BigInt(width <= 1 ? Math.ceil(lowest) : Math.floor(lowest + width / 2));
}

function clamp(value: bigint, min: bigint, max: bigint): bigint {
  return value < min ? min : value > max ? max : value;
}
