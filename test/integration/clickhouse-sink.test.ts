// A pipeline that writes to a ClickHouse itself.
import { expect, it } from 'vitest';
import { ClickHouseStore } from '../../src/store/clickhouse/clickhouse-store.js';
import { initStore } from '../../src/store/clickhouse/schema.js';
import { TestClickHouse } from '../support/clickhouse.js';
import { requireProgram } from '../support/debian-server.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { startTestPipeline } from '../support/test-pipeline.js';

const COUNT = 3_000;

it('P7: a pipeline writes to it without a hub, each event once, also over connections that are cut', async (context) => {
  requireProgram(context, 'clickhouse-server', 'clickhouse-server');
  const server = await TestClickHouse.start();
  const proxy = await FaultProxy.open(() => server.port);
  context.onTestFinished(() => proxy.close());
  await initStore(server.urlOf('traces'));
  const url = `clickhouse://127.0.0.1:${proxy.port}/traces`;
  const { collector, pipeline } = await startTestPipeline({ clickhouse: { url } });
  for (let index = 0; index < COUNT; index++) {
    if (index % 1_000 === 500) proxy.set('cut_answer');
    if (index % 1_000 === 600) proxy.set('none');
    if (index % 100 === 0) await pipeline.flush({ timeoutMs: 100 }).catch(() => undefined);
    const severity = index % 5 === 0 ? 'Error' : 'Info';
    collector.record({
      eventType: 'decided',
      component: 'Scheduler',
      requestId: `r${index % 7}`,
      severity,
    });
  }
  proxy.set('none');
  expect(await pipeline.flush()).toBe(true);
  const store = await ClickHouseStore.open({ url: server.urlOf('traces') });
  const events = await store.chain('r3', { limit: COUNT });
  const sequences = events.map(({ sequence, lane }) => `${lane}/${sequence}`);
  expect(new Set(sequences).size).toBe(sequences.length);
  expect(events).toHaveLength(Math.ceil((COUNT - 3) / 7));
  expect(await store.runs()).toMatchObject([{ pid: process.pid }]);
  await store.close();
});

it('without a URL, or with one that is none, it does not start', async () => {
  for (const clickhouse of [{}, { url: 'http://127.0.0.1/x' }]) {
    await expect(startTestPipeline({ clickhouse })).rejects.toMatchObject({
      code: 'ERR_TRACE_OPTION',
      message: expect.stringContaining('clickhouse://USER'),
    });
  }
});
