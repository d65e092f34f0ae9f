// The thread of the scheduler. It may block: nothing else runs in it.

import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { SchedulerEnd } from './channel.mjs';
import { Decisions } from './decisions.mjs';
import { goFirst } from './priority.mjs';
import { Recorder } from './recorder.mjs';
import { Scheduler } from './scheduler.mjs';

/** @type {import('./replay.mjs').ThreadData} */
const data = workerData;
const recorder = new Recorder(data.handle);
goFirst();
parentPort.postMessage('ready');
await once(parentPort, 'message');

const originNs = process.hrtime.bigint();
const decisions = new Decisions(recorder, originNs, data.channel.workers);
const scheduler = new Scheduler(data, new SchedulerEnd(data.channel), decisions, originNs);
scheduler.run();
parentPort.postMessage({
  recorder: recorder.close(),
  counts: scheduler.counts,
  elapsedNs: scheduler.endNs,
  lagsNs: scheduler.lagsNs,
});
parentPort.close();
