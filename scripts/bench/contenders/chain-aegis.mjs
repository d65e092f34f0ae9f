// reconstructDecisionChain() over a full ring.

import { TraceCollector } from 'aegis-trace';
import { measureChains } from '../chains.mjs';
import { makeInput } from '../payload.mjs';

export function measure({ capacity, ...parameters }) {
  const collector = new TraceCollector({ capacity });
  const cost = measureChains({
    ...parameters,
    capacity,
    record: (requestId) => collector.record(makeInput(requestId)),
    reconstruct: (requestId) => collector.reconstructDecisionChain(requestId),
  });
  collector.close();
  return cost;
}
