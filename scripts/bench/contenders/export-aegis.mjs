// exportJson() of a full ring, first with the event loop left alone, then with its delay watched.

import { rmSync, statSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { TraceCollector } from 'aegis-trace';
import { makeInput, makeRequestIds } from '../payload.mjs';

const LOOP_RESOLUTION_MS = 1;

export async function measure({ capacity, folder }) {
  const collector = new TraceCollector({ capacity });
  const requestIds = makeRequestIds(1000);
  for (let i = 0; i < capacity; i++) collector.record(makeInput(requestIds[i % 1000]));

  const file = `${folder}/aegis.json`;
  const start = process.hrtime.bigint();
  const { events } = await collector.exportJson(file);
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  const { size: bytes } = statSync(file);
  if (events !== capacity) throw new Error(`exported ${events} events`);

  // A full interval is part of every sample, so an idle loop shows about one resolution.
  const histogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  await delay(50); // what filling the ring left behind is not the export's
  histogram.enable();
  await collector.exportJson(file);
  histogram.disable();
  rmSync(file);
  return {
    ms,
    bytes,
    loop_p50_ms: histogram.percentile(50) / 1e6,
    loop_p99_ms: histogram.percentile(99) / 1e6,
    loop_max_ms: histogram.max / 1e6,
    loop_samples: histogram.count,
  };
}
