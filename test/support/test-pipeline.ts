import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TraceCollector } from '../../src/index.js';
import type { Pipeline, PipelineOptions } from '../../src/pipeline/index.js';
import { DIST_URL } from './child.js';
import { makeHubFolder } from './hub.js';

// The thread of a pipeline is a file of the built package, which has a collector of its own.
const dist = (await import(DIST_URL)) as typeof import('../../src/index.js');
const { startPipeline } = (await import(
  new URL('pipeline/index.js', DIST_URL).href
)) as typeof import('../../src/pipeline/index.js');

/** A collector, and a pipeline of it that is closed when the test has ended. */
export async function startTestPipeline(
  sink: PipelineOptions['sink'],
  capacity = 10_000,
): Promise<{ collector: TraceCollector; pipeline: Pipeline }> {
  const collector = new dist.TraceCollector({ capacity });
  const pipeline = await startPipeline({
    collector,
    sink,
    service: 'checkout',
    spillDirectory: join(makeHubFolder(), 'spill'),
    intervalMs: 10,
    metricsEventIntervalMs: 0,
  });
  onTestFinished(async () => {
    await pipeline.close({ timeoutMs: 100 }).catch(() => {});
    collector.close();
  });
  return { collector, pipeline };
}
