// Loaded before the main module in every thread, as `--import` and `--require` do it: starts a pipeline, and
// writes a line for each thread in which it ran. Environment: PRELOADED_LOG.
import { appendFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { TraceCollector } from '../../dist/index.js';
import { startPipeline } from '../../dist/pipeline/index.js';

appendFileSync(process.env.PRELOADED_LOG, `thread ${threadId}\n`);
const collector = new TraceCollector({ capacity: 100 });
await startPipeline({
  collector,
  sink: { jsonLines: { path: `${process.env.PRELOADED_LOG}.${threadId}.jsonl` } },
});
collector.recordNow('tick', 'preloaded');
