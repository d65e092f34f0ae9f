// A process that gets SIGTERM while others listen for it too: node signal-child.mjs INPUT, where INPUT is JSON:
// { others, packages, stored, spillDirectory, sink? }. Each package is the URL of a copy of dist/index.js, and
// each has a collector and a pipeline of its own; they record 100 events each, and print what they do.

import { appendFileSync } from 'node:fs';
import { print } from './print.mjs';

const { others, packages, stored, spillDirectory, sink } = JSON.parse(process.argv[2]);
const module = new URL('./ending-sink.mjs', import.meta.url).href;

const listeners = {
  none() {},
  async signalExit() {
    const { onExit } = await import('signal-exit');
    onExit((code, signal) => print(`signal-exit ${code} ${signal}`));
  },
  /** Ends with 0 after a while, and is put before all others, also before those of a pipeline. */
  prependedOnce() {
    process.prependOnceListener('SIGTERM', () => setTimeout(() => process.exit(0), 50));
  },
};

const [before, after] = others;
await listeners[before]();
const recorders = [];
for (const [index, url] of packages.entries()) {
  const { TraceCollector } = await import(url);
  const { startPipeline } = await import(new URL('./pipeline/index.js', url).href);
  const collector = new TraceCollector({ capacity: 10_000 });
  const append = async ({ events }) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const ids = events.filter(({ event }) => event.component === 'child');
    appendFileSync(stored, ids.map(({ event }) => `${event.requestId}\n`).join(''));
  };
  await startPipeline({
    collector,
    sink: sink === 'function' ? append : { module, options: { path: stored } },
    spillDirectory,
    flushOnExit: { signals: true },
  });
  let count = 0;
  recorders.push((howMany) => {
    for (let i = 0; i < howMany; i++) {
      const severity = ++count % 5 === 0 ? 'Error' : 'Info';
      const requestId = `${index}-${count}`;
      collector.record({ eventType: 'tick', component: 'child', requestId, severity });
      print(`recorded ${requestId} ${severity}`);
    }
  });
}
await listeners[after]();
for (const record of recorders) record(100);
setInterval(() => {
  for (const record of recorders) record(1);
}, 1);
setTimeout(() => process.exit(99), 15_000); // it hangs
setTimeout(() => process.kill(process.pid, 'SIGTERM'), 20);
