// Sinks that will never take something: the real pipeline, with sinks as a user writes them.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pipeline, PipelineBatch, PipelineOptions } from '../../src/pipeline/index.js';
import { DIST_URL } from '../support/child.js';
import { makePipelineFolder, type PipelineFolder } from '../support/pipeline-process.js';

const { TraceCollector } = (await import(DIST_URL)) as typeof import('../../src/index.js');
const { PermanentError, registerPipelineMetrics, RetryAfterError, startPipeline } = (await import(
  new URL('pipeline/index.js', DIST_URL).href
)) as typeof import('../../src/pipeline/index.js');

let folder: PipelineFolder;
let collector: InstanceType<typeof TraceCollector>;
const pipelines: Pipeline[] = [];
beforeEach(() => {
  folder = makePipelineFolder();
  collector = new TraceCollector({ capacity: 1_000 });
});
afterEach(async () => {
  for (const pipeline of pipelines.splice(0)) await pipeline.close({ timeoutMs: 100 });
  collector.close();
  folder.remove();
});

async function start(sink: PipelineOptions['sink']): Promise<Pipeline> {
  const spillDirectory = folder.spill;
  const timing = { intervalMs: 5, metricsEventIntervalMs: 0 };
  const pipeline = await startPipeline({ collector, sink, spillDirectory, ...timing });
  pipelines.push(pipeline);
  return pipeline;
}

function record(count: number): void {
  for (let number = 0; number < count; number++) {
    const severity = number % 2 === 0 ? 'Error' : 'Info';
    collector.record({ eventType: 't', component: 'c', requestId: String(number), severity });
  }
}

const idsOf = ({ events }: PipelineBatch) => events.map(({ event }) => event.requestId);

it('P2: a function that refuses one error for good gets all that comes after it, and is not asked again', async () => {
  const taken: string[] = [];
  let asked = 0;
  const pipeline = await start((batch) => {
    const index = idsOf(batch).indexOf('6');
    if (index >= 0) asked++;
    taken.push(...idsOf(batch).filter((id) => id !== '6'));
    return { rejected: index < 0 ? [] : [{ index, reason: 'no sixes; got 6' }] };
  });
  record(20);
  expect(await pipeline.flush()).toBe(true);
  expect(asked).toBe(1);
  expect(new Set(taken).size).toBe(19);
  expect(pipeline.metrics()).toMatchObject({ rejected: 1, committed: 19, failures: 0 });
  expect(pipeline.refusals()).toEqual({ 'no sixes': 1 });
});

it('P2: a function that throws PermanentError for a batch gets what is good in it', async () => {
  const taken: string[] = [];
  const pipeline = await start(async (batch) => {
    if (batch.events.length > 5) throw new PermanentError('at most 5 events');
    if (idsOf(batch).includes('3')) throw new PermanentError('no threes; got 3');
    taken.push(...idsOf(batch));
  });
  record(20);
  expect(await pipeline.flush()).toBe(true);
  expect(taken.toSorted()).toEqual(
    Array.from({ length: 20 }, (_, number) => String(number))
      .filter((id) => id !== '3')
      .toSorted(),
  );
  expect(pipeline.metrics()).toMatchObject({ rejected: 1, failures: 0, sinkDown: 0 });
  const registry = new Registry();
  await registerPipelineMetrics(pipeline, registry);
  expect(await registry.metrics()).toContain(
    'aegis_trace_pipeline_refused_events_total{reason="no threes"} 1',
  );
});

it('P2: a module refuses for good without importing anything, by the code of what it throws', async () => {
  const path = join(folder.path, 'picky-sink.mjs');
  writeFileSync(
    path,
    `export default () => ({
      async append(run, events) {
        const bad = events.some(({ event }) => event.requestId === '4');
        if (bad) throw Object.assign(new Error('no fours'), { code: 'ERR_TRACE_REFUSED' });
      },
      async close() {},
    });`,
  );
  const pipeline = await start({ module: pathToFileURL(path) });
  record(20);
  expect(await pipeline.flush()).toBe(true);
  expect(pipeline.metrics()).toMatchObject({ rejected: 1, committed: 19, failures: 0 });
  expect(pipeline.refusals()).toEqual({ 'no fours': 1 });
});

it('a function that asks for time gets the same batch after it', async () => {
  const batches: string[][] = [];
  const pipeline = await start((batch) => {
    batches.push(idsOf(batch));
    if (batches.length === 1) throw new RetryAfterError(20, 'too many requests');
  });
  record(1);
  expect(await pipeline.flush()).toBe(true);
  expect(batches.slice(0, 2)).toEqual([['0'], ['0']]);
  expect(pipeline.metrics()).toMatchObject({ failures: 1, rejected: 0 });
});
