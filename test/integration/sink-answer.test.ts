import { expect, it } from 'vitest';
import { DIST_URL, runModule } from '../support/child.js';

it.each([
  [
    'without an index',
    '{ rejected: [{ lane: 0, sequence: 0, reason: "no" }] }',
    'the index of what is rejected must be an integer from 0 to 0',
  ],
  ['that is no list', '{ rejected: 1 }', 'rejected must be an array of { index, reason }'],
])(
  'a function that answers with a refusal %s is told what was expected',
  async (_, answer, problem) => {
    const { code, stderr } = await runModule(`
    import { TraceCollector } from ${JSON.stringify(new URL('index.js', DIST_URL).href)};
    import { startPipeline } from ${JSON.stringify(new URL('pipeline/index.js', DIST_URL).href)};
    const collector = new TraceCollector();
    const pipeline = await startPipeline({ collector, metricsEventIntervalMs: 0, sink: () => (${answer}) });
    collector.recordNow('type', 'test');
    if (!(await pipeline.flush())) throw new Error('not flushed');
    await pipeline.close();`);
    expect(code).toBe(0);
    expect(stderr).toBe(`aegis-trace: the sink's answer is not as it should be: ${problem}\n`);
  },
);
