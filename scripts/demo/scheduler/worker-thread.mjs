// One worker: takes orders, works in quanta, gives way between two of them when asked, and records what it does.

import { parentPort, workerData } from 'node:worker_threads';
import { runWithOperationId } from 'aegis-trace/context';
import { monitor, monitorStats } from 'aegis-trace/monitor';
import { WorkerEnd } from './channel.mjs';
import { tokensAfter } from './cost-model.mjs';
import { Log } from './log.mjs';
import { count, millis } from './phrases.mjs';
import { goFirst } from './priority.mjs';
import { Recorder } from './recorder.mjs';
import { requestIdOf } from './workload.mjs';

/** @type {import('./replay.mjs').ThreadData & { worker: number }} */
const { handle, channel, workload, cost, logFile, journalFile, sampleRate, worker } = workerData;
const name = `Worker ${worker + 1}`;
const recorder = new Recorder(handle, journalFile);
const line = new WorkerEnd(channel, worker);
const log = new Log(logFile);
const logger = log.logger('Worker');

/** One run, to the end of the request or until the worker is asked to give way. */
function run({ index, workNs, doneNs, quanta }) {
  const request = { component: 'Worker', modelId: workload.models[workload.model[index]] };
  logger.info({ worker: worker + 1 }, doneNs === 0 ? 'answering' : 'answering again');
  const contextTokens = workload.contextTokens[index];
  const startDoneNs = doneNs;
  do {
    const startNs = process.hrtime.bigint();
    line.work(Math.min(cost.quantumNs, workNs - doneNs));
    const tookNs = process.hrtime.bigint() - startNs;
    // What the sleep took too long has been worked as well; a quantum cut short by a signal has not.
    const gainedNs = Math.min(Number(tookNs), workNs - doneNs);
    doneNs += gainedNs;
    quanta++;
    const tokens = tokensAfter(cost, contextTokens, doneNs);
    recorder.record({
      ...request,
      eventType: 'work_quantum',
      durationNs: tookNs,
      rationale: `${name}, quantum ${quanta}: ${progress(contextTokens, tokens)}`,
      attributes: { worker: worker + 1, quantum: quanta, work_ns: gainedNs, done_ns: doneNs },
    });
  } while (doneNs < workNs && !line.mustYield());
  if (doneNs === workNs) {
    recorder.record({
      ...request,
      eventType: 'work_finished',
      durationNs: doneNs,
      rationale:
        `${name} finished: ${count(contextTokens)} context, ` +
        `${count(workload.generatedTokens[index])} generated tokens, ` +
        `${millis(doneNs)} in ${count(quanta)} ${quanta === 1 ? 'quantum' : 'quanta'}`,
      attributes: { worker: worker + 1, quanta, run_work_ns: doneNs - startDoneNs },
    });
  }
  return { doneNs, quanta };
}

function progress(contextTokens, tokens) {
  const prompt = `${count(contextTokens)} context tokens`;
  return tokens === 0 ? `in the prompt of ${prompt}` : `${prompt} read, ${count(tokens)} generated`;
}

const monitoredRun = monitor({
  processGroup: 'Worker',
  module: 'Worker',
  sampleRate,
  capture: { args: false },
  collector: recorder,
})(run);

goFirst();
parentPort.postMessage('ready');
for (let order = line.nextOrder(); order !== undefined; order = line.nextOrder()) {
  // The operation goes on in this thread: what is known of the request here is enough to name it.
  const { doneNs, quanta } = runWithOperationId(requestIdOf(workload, order.index), () =>
    monitoredRun(order),
  );
  line.end(doneNs, quanta);
}
log.close();
parentPort.postMessage({ recorder: { ...recorder.close(), failures: monitorStats().failures } });
