import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { MetricCells, type PipelineMetrics, RecentTimes } from '../../src/pipeline/metrics.js';
import { registerPipelineMetrics } from '../../src/pipeline/prometheus.js';

const names = [...Object.keys(new MetricCells().read()), 'unstored'] as (keyof PipelineMetrics)[];
const numbered = () =>
  Object.fromEntries(names.map((name, index) => [name, index + 0.5])) as unknown as PipelineMetrics;

it('P4: what one thread writes the other reads', () => {
  const worker = new MetricCells();
  worker.write(numbered());
  worker.settled = 77;
  worker.own = 7;
  const main = new MetricCells(worker.buffer);
  const { unstored, ...known } = numbered();
  expect(main.read()).toEqual(known);
  expect([main.settled, main.own]).toEqual([77, 7]);
});

it('P4: the P99 is that of the last 1 000, by nearest rank', () => {
  const times = new RecentTimes();
  expect(times.p99(0)).toBe(0);
  for (let ms = 1; ms <= 3_000; ms++) times.add(ms);
  expect([times.last, times.p99(1)]).toEqual([3_000, 2_990]);
  times.add(9_999);
  expect(times.p99(2)).toBe(2_990); // once a second is often enough
  for (let count = 0; count < 20; count++) times.add(9_999);
  expect(times.p99(1_001)).toBe(9_999);
});

it('P4: as Prometheus text every metric is there, in seconds where it is a time', async () => {
  const registry = new Registry();
  const metrics = numbered();
  await registerPipelineMetrics({ metrics: () => metrics }, registry, { service: 'scheduler' });
  const scrape = async () =>
    new Map(
      [
        ...(await registry.metrics()).matchAll(
          /^(\w+)\{service="scheduler"(?:,reason="(\w+)")?\} (\S+)$/gm,
        ),
      ].map(([, name, reason, value]) => [`${name}${reason ? ` ${reason}` : ''}`, Number(value)]),
    );
  const text = await scrape();
  expect(new Set(text.values()).size).toBe(names.length);
  expect(text.get('aegis_trace_pipeline_backlog_events')).toBe(metrics.backlog);
  expect(text.get('aegis_trace_pipeline_batch_seconds')).toBe(metrics.batchMs / 1000);
  expect(text.get('aegis_trace_pipeline_lost_errors_total')).toBe(metrics.lostErrors);
  expect(text.get('aegis_trace_pipeline_kept_events_total hot')).toBe(metrics.keptHot);
  expect(text.get('aegis_trace_pipeline_held_back_events_total')).toBe(metrics.heldBack);
  metrics.lostErrors = 77;
  expect((await scrape()).get('aegis_trace_pipeline_lost_errors_total')).toBe(77);
});
