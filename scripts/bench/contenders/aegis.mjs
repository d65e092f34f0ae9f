// record({…}) of this package, into a ring in memory or in `file`.

import { TraceCollector } from 'aegis-trace';
import { makeInput } from '../payload.mjs';
import { measureRecording } from '../recording.mjs';

export function measure({ capacity, file, ...counts }) {
  const collector = new TraceCollector({ capacity, file, keepFiles: 0 });
  const cost = measureRecording((requestId) => collector.record(makeInput(requestId)), counts);
  const { size, rejected } = collector.stats();
  if (size !== capacity || rejected !== 0) throw new Error(`size ${size}, rejected ${rejected}`);
  // Its lock goes with it: the next round has a ring there again.
  collector.close();
  return cost;
}
