import { basename } from 'node:path';
import { Worker } from 'node:worker_threads';
import { makeChannel, PROGRESS, stopWorkers } from './channel.mjs';
import { count } from './phrases.mjs';

const PROGRESS_INTERVAL_MS = 200;

/**
 * What every thread is given. The arrays are shared memory.
 *
 * @typedef {object} ThreadData
 * @property {import('aegis-trace').CollectorHandle} handle
 * @property {import('./channel.mjs').Channel} channel
 * @property {import('./workload.mjs').Workload} workload
 * @property {import('./cost-model.mjs').CostModel} cost
 * @property {string} logFile every thread appends to
 * @property {string} [journalFile] every thread notes in it what it has recorded; see Journal
 * @property {number} sampleRate share of requests of which calls are recorded
 */

/**
 * Replays a workload: one thread schedules, `workers` threads work, all record into one collector. This thread only
 * waits, so that a failure of any of them is seen at once.
 *
 * @param {Omit<ThreadData, 'channel'> & { workers: number }} job
 * @param {NodeJS.WriteStream} stderr
 * @param {() => void} onStart called when the threads are ready
 */
export async function replay({ workers: workerCount, ...shared }, stderr, onStart = () => {}) {
  const channel = makeChannel(workerCount);
  const data = { ...shared, channel };
  const scheduler = startThread(new URL('./scheduler-thread.mjs', import.meta.url), data);
  const workers = Array.from({ length: workerCount }, (_, worker) =>
    startThread(new URL('./worker-thread.mjs', import.meta.url), { ...data, worker }),
  );
  const threads = [scheduler, ...workers];
  const stopProgress = showProgress(channel, data.workload.count, stderr);
  try {
    const failure = Promise.race(threads.map((thread) => thread.failure));
    const orFailure = (promise) => Promise.race([promise, failure]);
    await orFailure(Promise.all(threads.map((thread) => thread.ready)));
    scheduler.worker.postMessage('start');
    onStart();
    const scheduled = await orFailure(scheduler.result);
    stopWorkers(channel);
    const worked = await orFailure(Promise.all(workers.map((thread) => thread.result)));
    return {
      counts: scheduled.counts,
      elapsedNs: scheduled.elapsedNs,
      lagsNs: scheduled.lagsNs,
      recorders: [scheduled, ...worked].map(({ recorder }) => recorder),
    };
  } finally {
    stopProgress();
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }
}

/** A thread first says that it is ready, then what came of it. Its end without that is a failure. */
function startThread(file, workerData) {
  const worker = new Worker(file, { workerData });
  const heard = { ready: () => {}, result: () => {} };
  const ready = new Promise((resolve) => {
    heard.ready = resolve;
  });
  const result = new Promise((resolve) => {
    heard.result = resolve;
  });
  const failure = new Promise((_, reject) => {
    let hasResult = false;
    worker.on('message', (message) => {
      if (message === 'ready') return heard.ready();
      hasResult = true;
      return heard.result(message);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (!hasResult) reject(new Error(`${basename(file.pathname)} ended with exit code ${code}`));
    });
  });
  // It may come when nobody waits for it any more, and then it does not matter.
  failure.catch(() => {});
  return { worker, ready, result, failure };
}

/** One line that rewrites itself, where there is a terminal to do so. */
function showProgress({ cells }, requests, stderr) {
  if (!stderr.isTTY) return () => {};
  const timer = setInterval(() => {
    const [arrived, admitted, completed, late] = Object.values(PROGRESS).map((cell) =>
      Atomics.load(cells, cell),
    );
    stderr.write(
      `\r\x1b[2K${Math.floor((100 * arrived) / requests)} %  ${count(arrived)} arrived, ` +
        `${count(admitted)} admitted, ${count(completed)} completed, ${count(late)} late`,
    );
  }, PROGRESS_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    stderr.write('\r\x1b[2K');
  };
}
