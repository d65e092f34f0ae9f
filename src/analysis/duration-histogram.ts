import {
  BUCKET_ERROR_MAX,
  BUCKET_MAX,
  bucketMiddleNs,
  bucketOf,
} from '../event/duration-bucket.js';

/** How far a percentile may be off, relative to the true one. */
export const DURATION_ERROR_MAX = BUCKET_ERROR_MAX;

/** Buckets of which memory is taken together: one power of two. */
const BLOCK_BUCKETS = 64;

/**
 * Counts durations so that percentiles can be asked for in bounded memory: the log-linear histogram of
 * event/duration-bucket.ts. Values below 128 ns and the smallest and largest value are exact, other
 * percentiles within {@link DURATION_ERROR_MAX}. Takes all of int64; memory is 512 bytes per power of two
 * that occurs, 64 KiB at most.
 */
export class DurationHistogram {
  #count = 0;
  #min = 0n;
  #max = 0n;
  readonly #blocks: (Float64Array | undefined)[] = [];

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
    const at = bucketOf(durationNs) + BUCKET_MAX;
    const number = Math.floor(at / BLOCK_BUCKETS);
    let block = this.#blocks[number];
    if (block === undefined) {
      block = new Float64Array(BLOCK_BUCKETS);
      this.#blocks[number] = block;
    }
    const index = at % BLOCK_BUCKETS;
    block[index] = (block[index] as number) + 1;
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
    for (const [number, block] of this.#blocks.entries()) {
      if (block === undefined) continue;
      for (const [index, count] of block.entries()) {
        if (count === 0) continue;
        yield [BigInt(bucketMiddleNs(number * BLOCK_BUCKETS + index - BUCKET_MAX)), count];
      }
    }
  }
}

function clamp(value: bigint, min: bigint, max: bigint): bigint {
  return value < min ? min : value > max ? max : value;
}
