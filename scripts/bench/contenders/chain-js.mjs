// Array.filter over as many JavaScript events.

import { measureChains } from '../chains.mjs';
import { makeEvent } from '../js-ring.mjs';

export function measure(parameters) {
  const events = [];
  return measureChains({
    ...parameters,
    record: (requestId) => events.push(makeEvent(requestId)),
    reconstruct: (requestId) => events.filter((event) => event.requestId === requestId),
  });
}
