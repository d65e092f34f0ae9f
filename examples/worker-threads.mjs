// One collector for all threads of a process.
import { once } from 'node:events';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { TraceCollector } from 'aegis-trace';

if (isMainThread) {
  const collector = new TraceCollector({ capacity: 100_000 });
  const workers = ['a', 'b', 'c'].map(
    (name) =>
      new Worker(new URL(import.meta.url), { workerData: { name, handle: collector.share() } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'exit')));

  // In order of recording, across all of them.
  const events = collector.query();
  console.log(
    `${events.length} events of ${new Set(events.map((event) => event.component)).size} threads`,
  );
  console.log(collector.stats());
} else {
  const collector = TraceCollector.attach(workerData.handle);
  for (let i = 0; i < 1_000; i++) {
    collector.recordNow('quantum', `worker ${workerData.name}`, `quantum ${i}`);
  }
}
