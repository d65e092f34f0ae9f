// The few statistics of the bench.

/** The value that a share of the samples does not exceed (nearest rank). Sorts a typed array in place. */
export function percentile(samples, share) {
  const sorted = Array.isArray(samples) ? samples.toSorted((a, b) => a - b) : samples.sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** The middle sample; the mean of the two middle ones where their number is even. */
export function median(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Of each key in these equally shaped objects of numbers: the median, and all values as they came. */
export function medians(rounds) {
  const keys = Object.keys(rounds[0]);
  const values = (key) => rounds.map((round) => round[key]);
  return Object.fromEntries([
    ...keys.map((key) => [key, median(values(key))]),
    ['rounds', Object.fromEntries(keys.map((key) => [key, values(key)]))],
  ]);
}
