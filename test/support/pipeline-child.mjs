// A process with a pipeline, and ways in which it ends: node pipeline-child.mjs INPUT, where INPUT is
// JSON: { end, count?, capacity?, timeoutMs?, options? }, the sink also `function`. It records events
// numbered by their request id, every fifth an error, and prints `started`, then after each flush how
// many it has recorded before it.

import { writeSync } from 'node:fs';
import { TraceCollector } from '../../dist/index.js';
import { startPipeline } from '../../dist/pipeline/index.js';

const {
  end,
  count = 0,
  capacity = 10_000,
  timeoutMs = 0,
  options = {},
} = JSON.parse(process.argv[2]);
if (options.sink === 'function') options.sink = () => {};
const collector = new TraceCollector({ capacity });
const pipeline = await startPipeline({ collector, metricsEventIntervalMs: 0, ...options });
const print = (text) => writeSync(1, `${text}\n`);

let recorded = 0;
function record(howMany) {
  for (let i = 0; i < howMany; i++) {
    collector.record({
      eventType: 'tick',
      component: 'child',
      requestId: String(recorded++),
      severity: recorded % 5 === 0 ? 'Error' : 'Info',
    });
  }
}

async function recordAndFlush() {
  record(count);
  if (await pipeline.flush()) print(recorded);
}

const ends = {
  async forever() {
    for (;;) await recordAndFlush();
  },
  /** Also with a disk that fails for good. */
  async tries() {
    for (let i = 0; i < 3; i++) {
      record(count);
      if (await pipeline.flush({ timeoutMs })) print(recorded);
    }
    print(`closed ${await pipeline.close({ timeoutMs: 500 })}`);
  },
  /** Records nothing, but stores what `count` errors of dead processes there are. */
  async takeIn() {
    while (pipeline.metrics().recovered < count) await new Promise((done) => setTimeout(done, 5));
    print(`closed ${await pipeline.close()}`);
  },
  naturally() {
    record(count);
  },
  exit() {
    record(count);
    process.exit(7);
  },
  async exitDuringFlush() {
    record(count);
    void pipeline.flush();
    await new Promise((resolve) => setImmediate(resolve));
    record(count);
    process.exit(7);
  },
  throw() {
    record(count);
    throw new Error('uncaught on purpose');
  },
  reject() {
    record(count);
    void Promise.reject(new Error('rejected on purpose'));
  },
  /** Records, and waits for what is done to it. */
  wait() {
    record(count);
    setInterval(() => {}, 1000);
  },
};

print('started');
await ends[end]();
