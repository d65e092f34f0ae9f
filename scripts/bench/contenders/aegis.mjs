// record({…}) of this package.

import { TraceCollector } from 'aegis-trace';
import { makeInput } from '../payload.mjs';
import { measureRecording } from '../recording.mjs';

export function measure({ capacity, ...counts }) {
  const collector = new TraceCollector({ capacity });
  const cost = measureRecording((requestId) => collector.record(makeInput(requestId)), counts);
  const { size, rejected } = collector.stats();
  if (size !== capacity || rejected !== 0) throw new Error(`size ${size}, rejected ${rejected}`);
  return cost;
}
