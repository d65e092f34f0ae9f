// record-until-killed.mjs FILE COUNTERS: records on three threads into a ring in FILE, and after each
// record() writes how many have returned into the thread's own 8 bytes of COUNTERS.
import { openSync, writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { TraceCollector } from '../../dist/index.js';

function recordForever(collector, counters, thread) {
  const descriptor = openSync(counters, 'r+');
  const bytes = Buffer.alloc(8);
  for (let number = 0; ; number++) {
    collector.record({
      eventType: 'test',
      component: `thread ${thread}`,
      rationale: `event ${number}`,
    });
    bytes.writeBigInt64LE(BigInt(number + 1));
    writeSync(descriptor, bytes, 0, 8, 8 * thread);
    if (number === 0) parentPort?.postMessage('started');
  }
}

if (isMainThread) {
  const [file, counters] = process.argv.slice(2);
  const collector = new TraceCollector({ capacity: 1_000_000, maxBytes: 64 * 1024 * 1024, file });
  let waiting = 2;
  for (const thread of [1, 2]) {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { handle: collector.share(), counters, thread },
    });
    worker.once('message', () => {
      if (--waiting > 0) return;
      process.stdout.write('recording\n', () => recordForever(collector, counters, 0));
    });
  }
} else {
  const { handle, counters, thread } = workerData;
  recordForever(TraceCollector.attach(handle), counters, thread);
}
