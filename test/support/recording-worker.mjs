// What the tests run in worker threads. `workerData` is { task, handle?, ... }; a worker says
// 'started' when its work is under way, and posts its result, if it has one, as { result }.
import { parentPort, workerData } from 'node:worker_threads';
import { TraceCollector } from '../../dist/index.js';

const { task, handle, capacity, name = 'w', count = 0, path } = workerData;
const collector =
  handle === undefined ? new TraceCollector({ capacity }) : TraceCollector.attach(handle);
const started = () => parentPort.postMessage('started');

function record(number) {
  collector.record({
    eventType: 'tick',
    component: name,
    requestId: `${name}-${number}`,
    rationale: 'é'.repeat(number % 40),
    attributes: { number },
  });
}

/** Work that ends only with the thread; `step` is given the number of the round. */
async function forever(step) {
  for (let round = 0; ; round++) {
    await step(round);
    if (round === 0) started();
  }
}

const tasks = {
  record() {
    started();
    for (let number = 0; number < count; number++) record(number);
    return collector.stats().rejected;
  },
  recordForever() {
    record(0);
    started();
    for (let number = 1; ; number++) record(number);
  },
  recordThenWait() {
    for (let number = 0; number < count; number++) record(number);
    parentPort.once('message', () => parentPort.close());
    return collector.share();
  },
  exportForever: () =>
    forever((round) => {
      const written = collector.exportJson(path);
      if (round === 0) started();
      return written;
    }),
  queryForever: () =>
    forever((round) => {
      const found = collector.queryAsync();
      if (round === 0) started();
      return found;
    }),
  /** Native calls that return memory, which cannot be had in a thread that is being terminated. */
  readForever: () =>
    forever(() => {
      record(0);
      collector.reader().read(100);
      collector.query({ limit: 100 });
    }),
  /** Native calls that throw, which is not possible there either. */
  failForever: () =>
    forever(() => {
      try {
        TraceCollector.attach({ aegisTraceCollector: 'none' });
      } catch {
        collector.share();
      }
    }),
  /** A promise under way, and nothing that waits for it. */
  exportAndExit() {
    void collector.exportJson(path).catch(() => {});
    void collector.queryAsync().catch(() => {});
    process.exit(0);
  },
};

const result = await tasks[task]();
parentPort.postMessage({ result });
