// How recording is timed, the same for every contender.

import { makeRequestIds } from './payload.mjs';

const requestIds = makeRequestIds(1000);

/** Calls `record` with one request id after the other. */
function repeat(record, count) {
  for (let i = 0; i < count; i++) record(requestIds[i % requestIds.length]);
}

/**
 * What one call costs in the steady state: the ring has been filled, and the code optimised, by
 * `warmUp` calls. `cpuNs` counts all threads of the process, so also garbage collection beside ours.
 */
export function measureRecording(record, { warmUp, count }) {
  repeat(record, warmUp);
  const cpuStart = process.cpuUsage();
  const start = process.hrtime.bigint();
  repeat(record, count);
  const ns = Number(process.hrtime.bigint() - start) / count;
  const { user, system } = process.cpuUsage(cpuStart);
  return { ns, cpuNs: ((user + system) * 1000) / count };
}
