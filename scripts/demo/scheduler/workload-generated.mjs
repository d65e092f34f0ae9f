// An hour of requests made from a seed, so that a clone needs no data. Shaped after the published traces: a
// conversation service whose rate swells over the hour, and a code service that comes in bursts and pauses.

/** 2023-11-16 18:15:46 UTC, as the published hour. A fixed time: the same seed gives the same file. */
const START_NS = 1_700_158_546_000_000_000n;
const HOUR_S = 3_600;
const NANOS_PER_SECOND = 1e9;

// Means of the published hour: requests a second; median tokens and how far they spread (sigma of the logarithm).
const CODE = {
  model: 'code',
  ratePerSecond: 2.6,
  context: { median: 1_400, sigma: 0.95, max: 7_437 },
  generated: { median: 14, sigma: 1.0, max: 1_900 },
};
const CONVERSATION = {
  model: 'conversation',
  ratePerSecond: 5.5,
  context: { median: 800, sigma: 0.85, max: 14_050 },
  generated: { median: 155, sigma: 0.75, max: 1_000 },
};
/** A code burst comes about every 60 s and lasts 10 s; the factors, of the mean rate, have a mean of 1. */
const BURST = { everyS: 60, lastsS: 10, factor: 5, pauseFactor: 0.2 };

/**
 * A seeded generator of numbers in [0, 1): mulberry32, by Tommy Ettinger (public domain).
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * @param {number} seed
 * @returns {{ model: string, rows: import('./workload-csv.mjs').WorkloadRow[] }[]} one per model, each sorted
 */
export function generateWorkload(seed) {
  const random = seededRandom(seed);
  const bursts = burstTimes(random);
  // Half a period of a sine: 0.65 of the mean at both ends of the hour, 1.2 of it in the middle.
  const swell = (second) => 0.65 + 0.55 * Math.sin((Math.PI * second) / HOUR_S);
  const burst = (second) => (bursts(second) ? BURST.factor : BURST.pauseFactor);
  return [
    { model: CODE.model, rows: generateRows(CODE, burst, BURST.factor, random) },
    { model: CONVERSATION.model, rows: generateRows(CONVERSATION, swell, 1.2, random) },
  ];
}

/** A Poisson process of changing rate, by thinning one of the highest rate (Lewis and Shedler, 1979). */
function generateRows({ ratePerSecond, context, generated }, factor, factorMax, random) {
  const rows = [];
  let second = 0;
  for (;;) {
    second -= Math.log(1 - random()) / (ratePerSecond * factorMax);
    if (second >= HOUR_S) return rows;
    if (random() * factorMax >= factor(second)) continue;
    rows.push({
      // 100 ns, as in the published files.
      arrivalNs: START_NS + BigInt(Math.round((second * NANOS_PER_SECOND) / 100)) * 100n,
      contextTokens: logNormal(context, random),
      generatedTokens: logNormal(generated, random),
    });
  }
}

/** Alternates pauses and bursts of random length; answers whether a second, asked in rising order, is in a burst. */
function burstTimes(random) {
  let isBurst = false;
  let end = 0;
  return (second) => {
    while (second >= end) {
      isBurst = !isBurst;
      const mean = isBurst ? BURST.lastsS : BURST.everyS - BURST.lastsS;
      end += mean * (0.5 + random());
    }
    return isBurst;
  };
}

function logNormal({ median, sigma, max }, random) {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(1, Math.min(max, Math.round(median * Math.exp(sigma * normal))));
}
