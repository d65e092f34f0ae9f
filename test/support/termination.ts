import { expect } from 'vitest';
import { TraceCollector } from '../../src/collector/trace-collector.js';
import { repeat } from './child.js';
import { RecordingWorker } from './threads.js';

/** Terminates `count` workers while they record, two at a time, and looks at the ring after each. */
export async function checkTermination(count: number): Promise<void> {
  const capacity = 2_000;
  const collector = new TraceCollector({ capacity });
  const handle = collector.share();
  const reader = collector.reader();
  let seen = 0;
  await repeat(count, async (index) => {
    const name = `worker-${index}`;
    const worker = new RecordingWorker({ task: 'recordForever', handle, name });
    await worker.started();
    await worker.terminate();

    collector.recordNow('t', 'main', name);
    for (const event of collector.query({ limit: 100 })) {
      if (event.component === 'main') continue;
      expect(event.requestId).toBe(`${event.component}-${event.attributes.number}`);
    }
    const { events, missed } = reader.read(Number.MAX_SAFE_INTEGER);
    seen += events.length + missed;
    const { recorded, size, dropped, cleared, rejected } = collector.stats();
    expect(recorded).toBe(size + dropped + cleared);
    expect([rejected, cleared]).toEqual([0, 0]);
    expect(size).toBeLessThanOrEqual(capacity);
  });
  const { events, missed } = reader.read(Number.MAX_SAFE_INTEGER);
  expect(seen + events.length + missed).toBe(collector.stats().recorded);
  expect(collector.stats().recorded).toBeGreaterThan(2 * count);
  expect(collector.query({ component: 'main' }).length).toBeGreaterThan(0);
  collector.close();
}
