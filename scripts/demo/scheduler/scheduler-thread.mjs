// The thread of the scheduler. It may block: nothing else runs in it.

import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { autoInstrument, monitorStats, setDefaultCollector } from 'aegis-trace/monitor';
import { Admission } from './admission.mjs';
import { SchedulerEnd } from './channel.mjs';
import { Decisions } from './decisions.mjs';
import { Log } from './log.mjs';
import { goFirst } from './priority.mjs';
import { Recorder } from './recorder.mjs';
import { Scheduler } from './scheduler.mjs';

/** Until the first request may arrive; what follows takes a few milliseconds to make. */
const STARTS_IN_NS = 50_000_000n;

/** @type {import('./replay.mjs').ThreadData} */
const data = workerData;
const recorder = new Recorder(data.handle, data.journalFile);
const log = new Log(data.logFile);

// All it takes to have these methods monitored: their calls are events from here on.
const { sampleRate } = data;
setDefaultCollector(recorder);
autoInstrument(Admission, { processGroup: 'Admission', sampleRate, exclude: ['learn'] });
autoInstrument(Scheduler, {
  processGroup: 'Scheduler',
  sampleRate,
  include: ['place', 'complete'],
  // Their arguments are jobs: long, and the decisions say what matters of them.
  capture: { args: false },
});

goFirst();
parentPort.postMessage('ready');
await once(parentPort, 'message');

const originNs = process.hrtime.bigint() + STARTS_IN_NS;
const decisions = new Decisions(recorder, originNs, data.channel.workers);
const line = new SchedulerEnd(data.channel);
const scheduler = new Scheduler(data, { line, decisions, log, originNs });
scheduler.run();
log.close();
parentPort.postMessage({
  recorder: { ...recorder.close(), failures: monitorStats().failures },
  counts: scheduler.counts,
  elapsedNs: scheduler.endNs,
  lagsNs: scheduler.lagsNs,
});
parentPort.close();
