// The buckets of a log-linear histogram after HdrHistogram (Gil Tene, http://hdrhistogram.org): the number
// of a bucket is the exponent and the top six bits of the mantissa of a value as a double.

// 64 buckets per power of two: a bucket is 1/64 of its lower bound wide, and its middle is at most half of
// that away from anything in it.
const BUCKETS_PER_OCTAVE = 64;
const MANTISSA_SHIFT = 14;
/** The bucket of 1 ns has the number 1. */
const FIRST = 1023 * BUCKETS_PER_OCTAVE - 1;

/** Buckets go from minus this to this: all of int64. */
export const BUCKET_MAX = 64 * BUCKETS_PER_OCTAVE;
/** How far the middle of a bucket may be off, relative to a value in it. */
export const BUCKET_ERROR_MAX = 1 / (2 * BUCKETS_PER_OCTAVE);

const bits = new DataView(new ArrayBuffer(8));

/** The bucket of a duration in nanoseconds: 0 of 0, negative of negative ones; it grows with the duration. */
export function bucketOf(durationNs: bigint): number {
  const ns = Number(durationNs);
  if (ns === 0) return 0;
  bits.setFloat64(0, ns < 0 ? -ns : ns);
  const bucket = (bits.getUint32(0) >>> MANTISSA_SHIFT) - FIRST;
  return ns < 0 ? -bucket : bucket;
}

/** The value that stands for a bucket, nanoseconds: itself below 128 ns, else the middle. */
export function bucketMiddleNs(bucket: number): number {
  if (bucket < 0) return -bucketMiddleNs(-bucket);
  if (bucket === 0) return 0;
  const octave = Math.floor((bucket - 1) / BUCKETS_PER_OCTAVE);
  const width = 2 ** octave / BUCKETS_PER_OCTAVE;
  const lower = 2 ** octave + ((bucket - 1) % BUCKETS_PER_OCTAVE) * width;
  return Math.floor(lower + width / 2);
}
