// The worker thread of aegis-while-exporting.mjs: exports until it is told to stop, then says how many
// exports it has finished since its first one.

import { parentPort, workerData } from 'node:worker_threads';
import { TraceCollector } from 'aegis-trace';

const { handle, folder, control } = workerData;
const collector = TraceCollector.attach(handle);
const file = `${folder}/while-recording.json`;
await collector.exportJson(file);
parentPort.postMessage('started');
let exports = 0;
while (Atomics.load(control, 0) === 0) {
  await collector.exportJson(file);
  exports++;
}
collector.close();
parentPort.postMessage(exports);
