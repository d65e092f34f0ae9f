// What a request costs, when it is due, and what can be known of that in advance. All times are replay time: those of
// the trace divided by the speed, so that a faster replay has the same utilisation.

/** Prompt processing of one worker: 12 500 context tokens a second. */
const PREFILL_NS_PER_TOKEN = 80_000;
/** Generation of one worker, which answers many requests in one batch: 1 000 tokens a second. */
const DECODE_NS_PER_TOKEN = 1_000_000;
/** The deadline of an empty request: what a user waits without complaint. */
const SLO_BASE_NS = 2_000_000_000;
/** A larger request may take longer, by this many times its predicted work. */
const SLO_STRETCH = 8;
/** Between two quanta a worker can be preempted; 200 ms are 200 generated tokens. */
const QUANTUM_NS = 200_000_000;
/**
 * What it takes to hand a job to a worker and to hear that it has ended: two thread wake-ups, a sleep that lasts a
 * little too long, and some 50 µs for the log lines and calls that are recorded on the way, by code that has just been
 * woken. Measured, and of this machine: it does not shrink with the replay.
 */
const HANDOFF_NS = 200_000;

/**
 * @typedef {object} CostModel nanoseconds of replay time
 * @property {number} speed
 * @property {number} prefillNs per context token
 * @property {number} decodeNs per generated token
 * @property {number} sloBaseNs
 * @property {number} sloStretch
 * @property {number} quantumNs
 * @property {number} handoffNs
 */

/**
 * @param {number} speed
 * @returns {CostModel}
 */
export function costModel(speed) {
  return {
    speed,
    prefillNs: PREFILL_NS_PER_TOKEN / speed,
    decodeNs: DECODE_NS_PER_TOKEN / speed,
    sloBaseNs: SLO_BASE_NS / speed,
    sloStretch: SLO_STRETCH,
    quantumNs: Math.max(1, Math.round(QUANTUM_NS / speed)),
    handoffNs: HANDOFF_NS,
  };
}

/** The work of a request: at least a nanosecond, so that everything admitted is worked on. */
export function workNs({ prefillNs, decodeNs }, contextTokens, generatedTokens) {
  return Math.max(1, Math.round(contextTokens * prefillNs + generatedTokens * decodeNs));
}

/** How long after its arrival a request with so much predicted work is due. */
export function allowedNs({ sloBaseNs, sloStretch }, predictedNs) {
  return Math.round(sloBaseNs + sloStretch * predictedNs);
}

/** The tokens generated after so much work: none before the prompt is processed. */
export function tokensAfter({ prefillNs, decodeNs }, contextTokens, doneNs) {
  return Math.max(0, Math.round((doneNs - contextTokens * prefillNs) / decodeNs));
}

/**
 * A capacity that holds every event of a replay of this workload. Each request: admission, decision, finish,
 * completion, miss; six monitored calls; a quantum for each begun quantum of work; and room for two preemptions, each
 * with the decision that resumes it and two more calls, where one request in twenty has any.
 *
 * @param {CostModel} model
 * @param {import('./workload.mjs').Workload} workload
 */
export function eventsExpectedMax(model, { count, contextTokens, generatedTokens }) {
  const eventsPerRequest = 5 + 6 + 2 * (2 + 2);
  let quanta = 0;
  for (let index = 0; index < count; index++) {
    quanta += Math.ceil(
      workNs(model, contextTokens[index], generatedTokens[index]) / model.quantumNs,
    );
  }
  return eventsPerRequest * count + quanta;
}

/** How many completions it takes to forget most of the past. */
const MEMORY_COMPLETIONS = 64;
/** Before anything is known. */
const TOKENS_PRIOR = 128;

/**
 * Predicts how long an answer will be. Nobody knows that when a request arrives: the mean of recent answers of its model
 * is what a real admission controller goes by, and why some deadlines are missed.
 */
export class TokenPredictor {
  #mean = TOKENS_PRIOR;
  #count = 0;

  get tokens() {
    return Math.round(this.#mean);
  }

  /** @param {number} generatedTokens of a request that has completed */
  learn(generatedTokens) {
    this.#count = Math.min(this.#count + 1, MEMORY_COMPLETIONS);
    // The plain mean of the first few; then an exponential one.
    this.#mean += (generatedTokens - this.#mean) / this.#count;
  }
}
