// Events as a busy service records them: twenty processes, seven types, requests of ten events, one
// error in twenty-five, a rationale of its own each, and attributes.

import { randomUUID } from 'node:crypto';

const WORDS = [
  'deadline',
  'queue',
  'gpu',
  'memory',
  'evict',
  'admit',
  'retry',
  'priority',
  'batch',
];
const TYPES = ['decision', 'admission', 'eviction', 'batch', 'timeout', 'retry', 'assignment'];
export const PROCESSES = Array.from({ length: 20 }, (_, index) => `scheduler.step_${index}`);

/** The span that the events are spread over, ending now. */
export const SPAN_MS = 6 * 3_600_000;

/** A run whose first event was {@link SPAN_MS} ago. */
export const makeRun = () => ({
  run: randomUUID(),
  pid: process.pid,
  anchors: [{ steadyNs: 0n, wallNs: BigInt(Date.now() - SPAN_MS) * 1_000_000n }],
});

/** `count` placed events from number `first` on, of `total`. */
export function makeBatch(first, count, total) {
  const stepNs = Math.floor((SPAN_MS * 1e6) / total);
  let requestId = randomUUID();
  return Array.from({ length: count }, (_, offset) => {
    const i = first + offset;
    if (i % 10 === 0) requestId = randomUUID();
    return {
      lane: i % 4,
      sequence: i,
      event: {
        eventId: randomUUID(),
        eventType: TYPES[i % 7],
        component: `Component${i % 5}`,
        timestampNs: BigInt(i) * BigInt(stepNs),
        durationNs: BigInt(1000 + ((i * 7919) % 1_000_003)),
        modelId: `model_${i % 6}`,
        requestId,
        rationale: `Selected ${WORDS[i % 9]} over ${WORDS[(i * 7) % 9]}: earliest deadline ${i}`,
        // Not with the same period as the processes, of which all are to have errors.
        severity: i % 25 === ((i / 1000) % 25) >> 0 ? 'Error' : 'Info',
        attributes: {
          process: PROCESSES[i % 20],
          queue_depth: String(i % 97),
          score: ((i % 1000) / 1000).toFixed(3),
        },
      },
    };
  });
}
