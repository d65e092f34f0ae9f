// What each of the three processes has: a ring, a pipeline to the hub, a logger whose lines are events.

import { TraceCollector } from 'aegis-trace';
import { getLogger } from 'aegis-trace/context';
import { setDefaultCollector } from 'aegis-trace/monitor';
import { startPipeline } from 'aegis-trace/pipeline';

/** More than any of them records, so that its ring can be held against the hub. */
const CAPACITY = 500_000;
const CLOSE_TIMEOUT_MS = 60_000;

/**
 * Where the hub is, and a key of it, are in the environment: AEGIS_HUB_URL, AEGIS_HUB_KEY.
 *
 * @param {string} name of the service
 */
export async function openService(name) {
  const collector = new TraceCollector({ capacity: CAPACITY });
  setDefaultCollector(collector);
  const pipeline = await startPipeline({
    collector,
    service: name,
    project: 'demo',
    // Only errors with their chains, and what somebody asks for, leaves the process; while the project is switched off
    // nothing is recorded.
    sink: { hub: { adaptive: true, toggle: true } },
    // The events of the run are to be its own.
    metricsEventIntervalMs: 0,
  });
  return {
    collector,
    // Its lines are events, in the chain of their request: they are written nowhere else.
    log: getLogger(name, { collector, destination: { write: () => true } }),
    /** Sends what is left, and writes the ring to a file. @returns what the pipeline has counted */
    async end(file) {
      const isSent = await pipeline.close({ timeoutMs: CLOSE_TIMEOUT_MS });
      const metrics = pipeline.metrics();
      await collector.exportJson(file);
      collector.close();
      return { isSent, metrics };
    },
  };
}

/** Tells the process that has started this one. */
export const tell = (message) => process.send(message);

/**
 * Does what that one says: works through more requests (`wave`, how many; none to be asked what is recorded), and ends,
 * its ring in a file.
 *
 * @param {{ collector: TraceCollector, end: (file: string) => Promise<object> }} service
 * @param {(requests: number) => Promise<unknown>} [wave]
 */
export async function serveOrders({ collector, end }, wave = async () => {}) {
  for (;;) {
    const order = await new Promise((resolve) => process.once('message', resolve));
    if (order.file !== undefined) {
      tell(await end(order.file));
      process.disconnect();
      return;
    }
    await wave(order.wave);
    tell({ recorded: collector.stats().recorded });
  }
}

/** Nanoseconds of a clock that all processes of the machine have in common. */
export const nowNs = () => Number(process.hrtime.bigint());
