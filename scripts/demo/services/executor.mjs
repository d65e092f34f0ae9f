// An executor: takes requests over HTTP, and works on so many at a time, the earliest deadline first.
//   node --import aegis-trace/register executor.mjs NAME SLOTS
// Nothing here names a request: each runs as the operation that came with it, also after it has waited.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { monitor } from 'aegis-trace/monitor';
import { DeadlineQueue } from '../scheduler/deadline-queue.mjs';
import { count, millis } from '../scheduler/phrases.mjs';
import { nowNs, openService, serveOrders, tell } from './service.mjs';

const [name, slots] = process.argv.slice(2);
const service = await openService(name);
const { collector, log } = service;
const queue = new DeadlineQueue();
let busy = 0;
let arrived = 0;

function decide(eventType, rationale, { modelId }, fields = {}) {
  collector.record({ eventType, component: name, modelId, rationale, ...fields });
}

/** Resolves when it is this job's turn. */
function turn(job) {
  return new Promise((start) => {
    queue.insert(Object.assign(job, { start }));
    const ahead = queue.jobs.indexOf(job);
    const due = millis(job.deadlineNs - nowNs());
    decide('enqueued', `Due in ${due}, after ${count(ahead)} with earlier deadlines`, job, {
      attributes: { ahead, busy },
    });
    startNext();
  });
}

function startNext() {
  while (busy < Number(slots) && queue.size > 0) {
    const [job] = queue.jobs;
    queue.remove(job);
    busy++;
    job.start();
  }
}

/** Passes the time that an accelerator would take. */
const work = monitor({ module: name, processGroup: 'Executor' })(
  async function work(contextTokens, generatedTokens, workNs) {
    await sleep(workNs / 1e6);
    return `${contextTokens} read, ${generatedTokens} generated`;
  },
);

async function run(request) {
  const job = { ...request, index: arrived++ };
  await turn(job);
  const startedNs = nowNs();
  const slackNs = job.deadlineNs - startedNs - job.predictedNs;
  const rationale = `Picked: the earliest deadline of ${count(queue.size + 1)}, slack ${millis(slackNs)}`;
  decide('scheduling_decision', rationale, job, { attributes: { slack_ns: slackNs, slot: busy } });
  await work(job.contextTokens, job.generatedTokens, job.workNs);
  busy--;
  startNext();
  const endedNs = nowNs();
  const lateNs = endedNs - job.deadlineNs;
  if (lateNs > 0) {
    log.warn({ late_ms: lateNs / 1e6 }, 'deadline passed');
    decide('deadline_miss', `${millis(lateNs)} late: it took ${millis(endedNs - startedNs)}`, job, {
      severity: 'Error',
    });
  }
  decide('task_finished', `Finished after ${millis(endedNs - startedNs)}`, job, {
    durationNs: endedNs - startedNs,
  });
  return { isLate: lateNs > 0, workedNs: endedNs - startedNs };
}

const server = createServer((request, response) => {
  json(request)
    .then(run)
    .then((result) => response.end(JSON.stringify(result)))
    .catch((error) => response.writeHead(500).end(String(error)));
});
// A connection that is closed for being idle takes the request along that is on its way at that moment.
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
tell({ port: server.address().port });
await serveOrders(service);
server.close();
server.closeIdleConnections();
