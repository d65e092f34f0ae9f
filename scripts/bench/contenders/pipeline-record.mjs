// record() with a pipeline that reads and writes as fast as it can meanwhile, and without.

import { TraceCollector } from 'aegis-trace';
import { startPipeline } from 'aegis-trace/pipeline';
import { makeInput } from '../payload.mjs';
import { measureRecording } from '../recording.mjs';

export async function measure({ attached, capacity, folder, ...counts }) {
  const collector = new TraceCollector({ capacity });
  const pipeline =
    attached &&
    (await startPipeline({
      collector,
      sink: { sqlite: { path: `${folder}/record.db` } },
      queueWarningThreshold: 2 ** 30, // far more is recorded than can be written
      metricsEventIntervalMs: 0,
    }));
  const { ns } = measureRecording((requestId) => collector.record(makeInput(requestId)), counts);
  if (attached) await pipeline.close();
  return { ns };
}
