// A process that ends in one of many ways, in one of many states: node ending-child.mjs INPUT, where INPUT
// is JSON: { end, state, ring, options, preload? }. It records events numbered by their request id, every
// fifth an error, and prints how many there are after each, so that the last line tells.

import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { TraceCollector } from '../../dist/index.js';
import { startPipeline } from '../../dist/pipeline/index.js';
import { print } from './print.mjs';

const input = isMainThread ? JSON.parse(process.argv[2]) : workerData;
const { end, state, ring, options } = input;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const isThread = end.startsWith('thread');

let collector;
let pipeline;
let recorded = 0;
function record(count) {
  for (let i = 0; i < count; i++) {
    const severity = ++recorded % 5 === 0 ? 'Error' : 'Info';
    const requestId = String(recorded - 1);
    collector.record({ eventType: 'tick', component: 'child', requestId, severity });
  }
  print(recorded);
}

/** Each leaves the process in its state, at this moment. */
const states = {
  recording() {
    // Nobody waits for it when the process comes to its end by itself.
    const timer = setInterval(() => record(2), 1);
    if (!end.startsWith('signal')) timer.unref();
    return sleep(30);
  },
  flushing() {
    void pipeline.flush().catch(() => {});
    return new Promise((resolve) => setImmediate(resolve));
  },
  /** The sink has been asked, and has failed or not come back. */
  down: () => sleep(150),
  blocks: () => sleep(150),
  lane() {},
  async closed() {
    print(`closed ${await pipeline.close()}`);
    record(5);
    print(`unstored ${pipeline.metrics().unstored}`);
  },
};

const kill = (signal) => process.kill(process.pid, signal);
/** What happens to a process to which nothing happens. */
const liveOn = (ms) => setTimeout(() => process.exit(9), ms);
const throws = () => {
  throw new Error('uncaught on purpose');
};

const ends = {
  return() {},
  exitCode() {
    process.exitCode = 7;
  },
  exit: () => process.exit(7),
  uncaught: throws,
  unhandled: () => void Promise.reject(new Error('unhandled on purpose')),
  signal() {
    liveOn(15_000);
    kill('SIGTERM');
  },
  /** By a listener that was there before the pipeline, and is gone when it is called. */
  signalGraceful() {
    liveOn(15_000);
    kill('SIGTERM');
  },
  signalTwice() {
    liveOn(15_000);
    kill('SIGTERM');
    setTimeout(() => kill('SIGTERM'), 50);
  },
  signalFirst() {
    // As the first process of its system it does not die of a signal for which nobody listens.
    liveOn(state === 'closed' ? 300 : 15_000);
    kill('SIGTERM');
  },
  abort: () => process.abort(),
  kill: () => kill('SIGKILL'),
  threadExit: () => process.exit(7),
  threadUncaught: throws,
  threadTerminated: () => setInterval(() => {}, 1_000),
};

async function main() {
  if (end === 'signalGraceful') {
    process.once('SIGTERM', () => {
      process.exitCode = 0;
      setTimeout(() => process.exit(), 50);
    });
  }
  collector = new TraceCollector({ capacity: 20_000, file: ring });
  pipeline = await startPipeline({ collector, ...options });
  record(200);
  await states[state]();
  parentPort?.postMessage('ready');
  ends[end]();
}

if (!isMainThread || !isThread) await main();
else {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: input });
  thread.on('error', () => {});
  thread.on('exit', (code) => print(`thread ${code}`));
  if (end === 'threadTerminated') thread.on('message', () => thread.terminate());
}
