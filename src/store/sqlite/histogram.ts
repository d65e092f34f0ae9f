import { BUCKET_MAX, bucketMiddleNs } from '../../event/duration-bucket.js';

// A histogram in a database: for each bucket in rising order its distance from the one before, and its
// count, both as LEB128; the first distance is from -BUCKET_MAX. A minute of a process takes two to three
// bytes a bucket.

const CONTINUED = 0x80;
/** Of a distance and a count of 2^53 each. */
const ENTRY_BYTES_MAX = 16;

let buffer = Buffer.alloc(4096);

/** Calls back with each bucket and its count. */
export function forEachBucket(
  bytes: Uint8Array,
  callback: (bucket: number, count: number) => void,
): void {
  let bucket = -BUCKET_MAX;
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.length; factor *= CONTINUED) {
      const byte = bytes[at++] as number;
      value += (byte % CONTINUED) * factor;
      if (byte < CONTINUED) break;
    }
    return value;
  };
  while (at < bytes.length) {
    bucket += next();
    callback(bucket, next());
  }
}

/** The same histogram with so many more of each bucket; with `sign` -1, fewer. */
export function mergeBuckets(
  bytes: Uint8Array,
  changes: ReadonlyMap<number, number>,
  sign: 1 | -1,
): Uint8Array {
  // A typed array sorts numbers without a pair of objects for each.
  const sorted = Int32Array.from(changes.keys()).sort();
  const sizeMax = bytes.length + sorted.length * ENTRY_BYTES_MAX;
  if (buffer.length < sizeMax) buffer = Buffer.alloc(2 * sizeMax);
  let length = 0;
  let last = -BUCKET_MAX;
  const write = (value: number): void => {
    let rest = value;
    for (; rest >= CONTINUED; rest = Math.floor(rest / CONTINUED)) {
      buffer[length++] = (rest % CONTINUED) + CONTINUED;
    }
    buffer[length++] = rest;
  };
  const put = (bucket: number, count: number): void => {
    if (count <= 0) return;
    write(bucket - last);
    write(count);
    last = bucket;
  };
  let next = 0;
  const changeOf = (bucket: number): number => sign * (changes.get(bucket) as number);
  forEachBucket(bytes, (bucket, count) => {
    for (; next < sorted.length && (sorted[next] as number) < bucket; next++) {
      const added = sorted[next] as number;
      put(added, changeOf(added));
    }
    const isChanged = sorted[next] === bucket;
    if (isChanged) next++;
    put(bucket, isChanged ? count + changeOf(bucket) : count);
  });
  for (; next < sorted.length; next++) {
    const added = sorted[next] as number;
    put(added, changeOf(added));
  }
  return Uint8Array.from(buffer.subarray(0, length));
}

/** Counts by bucket, out of several histograms. */
export class BucketCounts {
  readonly #counts = new Float64Array(2 * BUCKET_MAX + 1);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(bucket: number, count = 1): void {
    const at = bucket + BUCKET_MAX;
    this.#counts[at] = (this.#counts[at] as number) + count;
    this.#count += count;
  }

  /** By nearest rank, nanoseconds, within BUCKET_ERROR_MAX; undefined without any. */
  percentileNs(share: number): number | undefined {
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let at = 0; at < this.#counts.length; at++) {
      seen += this.#counts[at] as number;
      if (seen >= rank) return bucketMiddleNs(at - BUCKET_MAX);
    }
    return undefined;
  }
}
