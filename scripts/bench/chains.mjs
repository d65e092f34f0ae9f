// How finding one request's chain is timed, the same for both contenders. The events of a request lie
// evenly spread over the whole ring, as far apart as they can: the hardest case for an index by chunks.

import { copyOf, makeRequestIds } from './payload.mjs';
import { median } from './statistics.mjs';

const WARM_UP_CHAINS = 3;

export function measureChains({ capacity, chainEvents, chains, record, reconstruct }) {
  const requestIds = makeRequestIds(capacity / chainEvents);
  for (let i = 0; i < capacity; i++) record(requestIds[i % requestIds.length]);

  const samplesMs = [];
  for (let i = 0; i < WARM_UP_CHAINS + chains; i++) {
    const requestId = copyOf(requestIds[(i * 7919) % requestIds.length]);
    const start = process.hrtime.bigint();
    const chain = reconstruct(requestId);
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    if (i >= WARM_UP_CHAINS) samplesMs.push(ms);
    if (chain.length !== chainEvents || chain.at(-1)?.requestId !== requestId) {
      throw new Error(`expected a chain of ${chainEvents} events, got ${chain.length}`);
    }
  }
  return { ms: median(samplesMs) };
}
